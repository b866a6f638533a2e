"""``.. tested:: PART``: what a page tells its readers of how all pages were checked.

Everything comes from files: the manifests, the verdicts, the record and the ledger of the mutants, and the record of
the lessons that ran in a browser. A page with this directive is read again when one of them changes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from snippets.build import MANIFESTS
from snippets.manifest import Block, Inline
from snippets.results import RECORDED, RESULTS, Result, Run
from snippets.transcript import INTERRUPT, TranscriptError
from snippets.verdicts import day
from tested.found import BROWSER, LEDGER, RECORD, Found
from tested.said import Cell, bullets, code, link, said, table

logger = logging.getLogger(__name__)

#: Code in a sentence that a reader could type, beside commands: a directive or section, an option with a value.
DIRECTIVE = re.compile(r"</?[A-Z]\w+|(?=\w*[a-z][A-Z])[A-Z]\w+")
OPTION = re.compile(r"[a-z][a-z-]*=\S+")


# -- The parts, as nodes: nothing that a machine has said is read as markup -------------------------


def summary(found: Found) -> Iterator[nodes.Node]:
    """Say how much was checked, on what and when."""
    if not found.rows:
        yield _not_run()
        return
    run = [block for block in found.manifest.blocks if found.how(block)]
    steps = [step for block in run if block.role == "transcript" for step in _steps(block)]
    commands = sum(bool(step.command) for step in steps)
    lines = sum(block.text.rstrip("\n").count("\n") + 1 for block in run)
    files = sum(block.role == "file" for block in run)
    yield said(
        f"{_n(len(run), 'block')} on {_n(len({block.page for block in run}), 'page')}, the deck among them, with "
        f"{lines:,} lines: {_n(files, 'file')} written, {_n(commands, 'command')} typed."
    )
    systems: dict[tuple[str, ...], list[tuple[Run, Result]]] = {}
    for one, result in (it for its in found.rows.values() for it in its):
        versions = (one.versions[name] for name in ("mod_wsgi", "debian", "apache", "python"))
        systems.setdefault((*versions, one.lab), []).append((one, result))
    rows: list[Sequence[Cell]] = []
    for (mod_wsgi, debian, apache, python, lab), its in sorted(systems.items()):
        meant = sum(block.is_on(lab) for block in found.manifest.blocks)
        passed = sum(result.outcome == "passed" for _, result in its)
        last = max(one.when for one, _ in its)
        rows.append((f"Debian {debian} · Apache {apache}", mod_wsgi, python, str(meant), str(passed), last))
    yield table(("System", "mod_wsgi", "Python", "Blocks", "Passed", "Last run"), rows)


def proof(found: Found) -> Iterator[nodes.Node]:
    """Say it in a line: how much came out as shown, on what and when, and what part of planted faults was noticed."""
    good = [block for block in found.manifest.blocks if {outcome for outcome, _ in found.how(block)} == {"passed"}]
    if not good:
        yield _not_run()
        return
    runs = [one for block in good for one, _ in found.rows[block.id]]
    debians = {one.versions["debian"].partition(".")[0] for one in runs}
    modules = {".".join(one.versions["mod_wsgi"].split(".")[:2]) for one in runs}
    where = f"Debian {_listed(debians)} with mod_wsgi {_listed(modules)}"
    told = f"{_n(len(good), 'block')} came out as shown on {where}, last on {day(max(one.when for one in runs))}. "
    made, killed = found.planted()
    if made:
        told += f"Of {_n(made, 'mistake')} planted in them, {killed / made:.0%} were noticed."
    yield said(told.rstrip())


def gaps(found: Found) -> Iterator[nodes.Node]:
    """List the blocks of which something is not checked, each with the reason."""
    if not found.rows:
        yield _not_run()
        return
    rows = [(block, why) for block in found.manifest.blocks for why in _gaps(found, block)]
    if not rows:
        yield said("None.")
        return
    for page in dict.fromkeys(block.page for block, _ in rows):
        yield said(link(page))
        yield bullets(why for block, why in rows if block.page == page)


def _gaps(found: Found, block: Block) -> Iterator[nodes.paragraph]:
    how, first = found.how(block), code(block.text.strip().split("\n")[0])
    if block.role == "unchecked":
        yield said(first, f" is not checked: {block.options.get('unchecked', 'no reason is given')}")
    elif not how:
        yield said(first, " was not run since it was changed")
    elif bad := {outcome for outcome, _ in how if outcome not in ("passed", "exempt")}:
        yield said(first, f": {' and '.join(sorted(bad))}")
    elif {checked for _, checked in how} == {"parsed"}:
        tool = "a configuration test" if block.language == "apache" else "a syntax check"
        refused = ", which refuses it as the page says" if "fails" in block.options else ""
        yield said(first, f" was only checked by {tool}{refused}")
    elif {checked for _, checked in how} == {"written"}:
        yield said(first, " was written, but no program read it")
    for step in _steps(block) if block.role == "transcript" else ():
        if step.command not in (None, INTERRUPT) and not step.compared:
            yield said("the output of ", code(step.command.split("\n")[0]), " is not compared")


def mutants(found: Found) -> Iterator[nodes.Node]:
    """Say how many faults were planted on each page and noticed, and how many a config test alone would refuse."""
    pages = found.mutants.get("pages")
    if not pages:
        yield said("No faults have been planted yet: ", code("make mutants"), " plants them.")
        return
    made, killed = found.planted()
    tested = [page["configurations"] for page in pages.values()]
    changed, noticed, refused = (sum(it[name] for it in tested) for name in ("made", "killed", "by_config_test"))
    versions = {lab: of["mod_wsgi"] for lab, of in found.mutants.get("versions", {}).items()}
    default = versions.pop(found.mutants.get("lab"), "")
    others = f"; blocks for other versions only, with {' or '.join(sorted(versions.values()))}" if versions else ""
    yield said(
        f"Of {made:,} planted faults the suite noticed {killed:,}, {killed / max(made, 1):.0%}. {changed} of them were "
        "in configurations: ",
        code("apachectl -t"),
        f" refused {refused} of these, and running the pages noticed {noticed}. "
        f"Recorded on {found.mutants.get('when', 'an unknown day')} with mod_wsgi {default}{others}.",
    )
    seen = [it for it in tested if it.get("examined")]
    looked, known = (sum(it[name] for it in seen) for name in ("examined", "by_doctor"))
    if looked:
        yield said(
            f"On {len(seen)} of the pages the doctor looked, too, at {looked} of the faults that ",
            code("apachectl -t"),
            f" accepts. It found {known} of these, {known / looked:.0%}. Many of the others are no mistake by "
            "themselves, such as another name for a host.",
        )  # fmt: skip
    if found.owed:
        yield said("Not counted are pages that were changed after faults were planted in them:")
        yield bullets(said(link(name)) for name in found.owed)
    rows: list[Sequence[Cell]] = []
    for name in [page.page for page in found.manifest.pages if page.page in pages] or pages:
        page, its = pages[name], pages[name]["configurations"]
        counts = (page["made"], page["killed"], its["made"], its["by_config_test"], its["killed"])
        rows.append((said(link(name)), *map(str, counts)))
    refuses = said("Refused by ", code("apachectl -t"))
    yield table(("Page", "Faults", "Noticed", "In configurations", refuses, "Noticed there"), rows)
    if found.survivors:
        yield said("These were not noticed. One row stands for all the faults on a page that are alike:")
        rows = []
        for row in found.survivors:
            faults = said(f"{row['kind']} for ", code(row["was"]), ": ", code(row["now"]))
            fault = faults if row["now"] else said(f"{row['kind']}: ", code(row["was"]))
            rows.append((said(link(row["page"])), fault, f"{row['why']} ({row['reason']})"))
        yield table(("Page", "Fault", "Why it isn’t noticed"), rows)


def browser(found: Found) -> Iterator[nodes.Node]:
    """Say which lessons came out as shown in a reader's browser too, and what each costs there."""
    record, rows = found.browser, []
    for page in (page.page for page in found.manifest.pages):
        lesson = record.get("lessons", {}).get(page.partition("/")[2])
        now = [block.digest for block in found.manifest.of(page, record["lab"]) if block.acts] if lesson else []
        rows += [(page, len(now), lesson)] if lesson and now == lesson["blocks"] else []
    if not rows:
        yield said("No lesson has been run as it is now. ", code("make record-lessons"), " runs them.")
        return
    versions = record["versions"]
    yield said(
        f"{_n(sum(count for _, count, _ in rows), 'block')} on {_n(len(rows), 'page')} came out as shown, "
        f"on Debian {versions['debian']} for 32-bit processors, with Apache "
        f"{versions['apache']} and mod_wsgi {versions['mod_wsgi'].partition('-')[0]}."
    )
    costs = [
        (
            said(link(page)), str(count), f"{lesson['bytes'] / 1e6:.1f} MB", f"{lesson['ready']:.0f} s",
            f"{lesson['seconds']} s", f"{lesson['memory'] / 1e6:.0f} MB", lesson["when"],
        )
        for page, count, lesson in rows
    ]  # fmt: skip
    yield table(("Page", "Blocks", "Downloaded", "Prompt after", "Whole lesson", "Memory", "Last run"), costs)


def prose(found: Found) -> Iterator[nodes.Node]:
    """List code in sentences that looks like something to type and stands in no checked block."""
    if not found.rows:
        yield _not_run()
        return
    rows = list(unchecked_prose(found))
    if not rows:
        yield said("None.")
        return
    items = []
    for page in dict.fromkeys(inline.page for inline in rows):
        parts: list[str | nodes.Node] = [link(page)]
        for n, text in enumerate(dict.fromkeys(inline.text for inline in rows if inline.page == page)):
            parts += [", " if n else ": ", code(text)]
        items.append(said(*parts))
    yield bullets(items)


def unchecked_prose(found: Found) -> Iterator[Inline]:
    """Yield code in sentences that looks like a directive, an option or a command and that no checked block has."""
    checked = [block for block in found.manifest.blocks if any(checked for _, checked in found.how(block))]
    texts = [" ".join(block.text.split()) for block in checked] + [str(block.path) for block in checked]
    typed = {
        word
        for block in checked
        if block.role == "transcript"
        for step in _steps(block)
        for word in re.findall(r"(?:^|[|;&(] *|sudo )([a-z][\w-]+)", step.command or "")
    }
    for inline in found.manifest.prose:
        text = " ".join(inline.text.split())
        first, *more = text.split(" ") or [""]
        looks = DIRECTIVE.match(text) or OPTION.match(text) or (first in typed and more)
        if looks and not any(text in one for one in texts):
            yield inline


def _steps(block: Block) -> list[Any]:
    try:
        return block.steps()
    except TranscriptError:  # the build has told
        return []


def _n(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _listed(versions: Iterable[str]) -> str:
    *most, last = sorted(versions, key=lambda it: [int(part) for part in it.split(".")])
    return f"{', '.join(most)} and {last}" if most else last


def _not_run() -> nodes.paragraph:
    what = "The suite has not been run on the pages as they are now, so there are no results. "
    return said(what, code("make snippets-test LAB=all"), " runs it.")


# -- The directive -------------------------------------------------------------------------------

PARTS: dict[str, Callable[[Found], Iterable[nodes.Node]]] = {
    "summary": summary, "proof": proof, "browser": browser, "gaps": gaps, "mutants": mutants, "prose": prose,
}  # fmt: skip


class Tested(SphinxDirective):
    """Tell one part of how the pages were checked, by its name in ``PARTS``."""

    required_arguments = 1
    builder: ClassVar[str]  # the one that this is told for

    @classmethod
    def know_builder(cls, app: Sphinx) -> None:
        """Take notice of the builder, of which a directive is told by nobody."""
        cls.builder = app.builder.name

    def run(self) -> list[nodes.Node]:
        """Return the part's paragraphs, lists and tables."""
        try:
            part = directives.choice(self.arguments[0], list(PARTS))
        except ValueError as error:
            raise self.error(str(error)) from None
        root = Path(self.config.snippets_root)
        if self.builder == "snippets":
            return []  # it makes what all this is told from
        self.env.metadata[self.env.docname]["tested"] = _state(root)
        try:
            told = list(PARTS[part](Found.load(root)))
        except ValueError as error:
            if not any(name in str(error) for name in (RESULTS, RECORDED)):  # the lines under the blocks have told
                logger.warning(str(error), type="snippets", location=self.get_location(), once=True)
            told = [_not_run()]
        return [nodes.container("", *told, classes=["tested"])]


def _state(root: Path) -> str:
    """Name all that the page is told from, whether it is there or not."""
    files = [root / name for name in (*MANIFESTS, RESULTS, RECORDED, RECORD, LEDGER, BROWSER)]
    told = b"".join(hashlib.sha256(file.read_bytes() if file.exists() else b"").digest() for file in files)
    return hashlib.sha256(told).hexdigest()


def outdated(app: Sphinx, env: BuildEnvironment, *_: object) -> list[str]:
    """Name the pages that were told from other files."""
    state = _state(Path(app.config.snippets_root))
    return [page for page, its in env.metadata.items() if its.get("tested", state) != state]
