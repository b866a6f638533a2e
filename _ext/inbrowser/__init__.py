"""A button under a lesson's title that runs the lesson's machine in the reader's browser.

What it takes is made by ``make browser-machine`` (``tools/browser_machine``); without that no page has the button. It
is on the lessons that are known to run there, block for block: ``snippets/recorded/browser.json`` has them, which
``make record-lessons`` writes. Nothing of the machine is loaded before somebody presses it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from inbrowser.course import NotThere, address, course
from snippets.collect import blocks_of, page_of
from snippets.metadata import metadata

HERE = Path(__file__).parent
START = "-start"  # the name of no page; check.js asks for it
MEMORY = 1_000_000_000  # bytes that a tab takes, until a lesson has been measured


def lab_of(app: Sphinx) -> dict[str, Any] | None:
    """Return what has been made, or nothing."""
    path = Path(app.confdir, app.config.inbrowser_machine, "lab.json")
    return json.loads(path.read_text()) if path.exists() and app.builder.name == "html" else None


class Run(NamedTuple):
    """How a page runs in a browser: what was made, the state it starts from, its course, and the bytes of memory.

    ``pack`` has what lessons from there read of the machine's files, once that was recorded.
    """

    lab: dict[str, Any]
    state: dict[str, Any]
    pack: dict[str, Any] | None
    steps: list[dict[str, Any]]
    memory: int

    @property
    def size(self) -> int:
        """The bytes that a lesson downloads."""
        return downloaded(self.lab, self.state, self.pack)


def downloaded(lab: dict[str, Any], state: dict[str, Any], pack: dict[str, Any] | None) -> int:
    """Return the bytes that a machine takes until it runs, the panel's own scripts among them."""
    own = sum(path.stat().st_size for path in (HERE / "static").rglob("*") if path.is_file())
    return int(state["bytes"] + (pack["bytes"] if pack else 0) + lab["others"] + own)


def installed(lab: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the state and the pack of a machine on which Apache and mod_wsgi are installed, and no more."""
    return lab["states"]["install"], lab.get("packs", {}).get("install")


def run_of(app: Sphinx, docname: str) -> Run | None:
    """Return how a page runs in a browser, if it does."""
    start = (page_of(app.env, docname).starts_from or "").rpartition("/")[2]
    if "/" in docname or not (lab := lab_of(app)) or not (state := lab["states"].get(start)):
        return None
    try:
        steps = course(blocks_of(app.env, docname))
    except NotThere:
        return None
    lesson = _recorded(app).get(docname, {})
    ran = app.config.inbrowser_try or lesson.get("blocks") == [step["digest"] for step in steps]
    if not steps or not ran:
        return None
    _usual(steps, lesson.get("took", []))
    return Run(lab, state, lab.get("packs", {}).get(start), steps, lesson.get("memory", MEMORY))


def _usual(steps: list[dict[str, Any]], took: list[list[float]]) -> None:
    """Note how many seconds each command took when the lesson was recorded."""
    for step, seconds in zip(steps, took, strict=False):
        for row, usual in zip(step.get("steps", ()), seconds, strict=False):
            row["usual"] = usual


def _recorded(app: Sphinx) -> dict[str, Any]:
    """Return the lessons that have run in a browser from top to bottom: the digests of what they did, what it cost."""
    path = Path(app.confdir, app.config.inbrowser_recorded)
    lessons: dict[str, Any] = json.loads(path.read_text())["lessons"] if path.exists() else {}
    return lessons


def _mark(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Mark the blocks that get a button."""
    if not (run := run_of(app, docname)):
        return
    there = {step["id"] for step in run.steps}
    for node in doctree.findall(nodes.literal_block):
        if node.get("snippet_id") in there:
            node["classes"].append("in-machine")


def _button(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is None or not (run := run_of(app, pagename)):
        return
    app.add_js_file("inbrowser/page.js", loading_method="defer")
    app.add_css_file("inbrowser.css")
    about = app.builder.get_relative_uri(pagename, "in-your-browser")
    says = (
        f"<p class='inbrowser'><button type='button' data-page='{escape(pagename)}'>"
        "Run this page in your browser</button>"
        f"<span>Downloads {run.size / 1e6:.0f} MB, needs {run.memory / 1e9:.1f} GB of memory, installs nothing: "
        f"<a href='{about}'>how it works</a>.</span><span role='status'></span></p>"
    )
    last = "lesson-ran" if "<p class='lesson-ran'>" in context["body"] else "lesson-start"
    head, line, rest = context["body"].partition(f"<p class='{last}'>")
    before, end, after = rest.partition("</p>")
    context["body"] = f"{head}{line}{before}{end}\n{says}{after}"


def _write(app: Sphinx, error: Exception | None) -> None:
    """Write what each page does, and take over what was made."""
    if error is not None or app.builder.name != "html":
        return
    home = Path(app.outdir, "_static/inbrowser")
    shutil.rmtree(home / "pages", ignore_errors=True)
    shutil.rmtree(home / "lab", ignore_errors=True)
    if not (lab := lab_of(app)):
        return
    (home / "pages").mkdir(parents=True)
    made = Path(app.confdir, app.config.inbrowser_machine)
    shutil.copytree(made, home / "lab", copy_function=_link)
    names = {name: f"lab/{lab[name]}" for name in ("terminal", "fit", "style")}
    for docname in app.env.found_docs:
        if run := run_of(app, docname):
            said: dict[str, Any] = {"state": run.state, "pack": run.pack, "lab": lab | names}
            said |= {"address": address(run.steps), "blocks": run.steps}
            (home / "pages" / f"{docname}.json").write_text(json.dumps(said))
    state, pack = installed(lab)  # for what is tried on a machine, and is no lesson's
    (home / "pages" / f"{START}.json").write_text(json.dumps({"state": state, "pack": pack, "lab": lab | names}))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another file system
        shutil.copy(source, target)


def _configure(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(HERE / "static"))
    made = [Path(app.confdir, config.inbrowser_machine, "lab.json"), Path(app.confdir, config.inbrowser_recorded)]
    config.inbrowser_made = hashlib.sha256(b"".join(it.read_bytes() for it in made if it.exists())).hexdigest()
    if made[0].exists():
        app.tags.add("browser_machine")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the settings: where the machine is, which lessons ran, and whether to show the button on all that may."""
    app.add_config_value("inbrowser_machine", "build/browser-machine/site", "env")
    app.add_config_value("inbrowser_recorded", "snippets/recorded/browser.json", "env")
    app.add_config_value("inbrowser_try", False, "env", bool)
    app.add_config_value("inbrowser_made", "", "html")  # what is on a page depends on these files too
    app.connect("config-inited", _configure)
    app.connect("doctree-resolved", _mark)
    app.connect("html-page-context", _button, priority=600)  # after the line under the title
    app.connect("build-finished", _write, priority=500)
    return metadata(HERE)
