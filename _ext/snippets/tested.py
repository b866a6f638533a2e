"""``.. tested:: PART``: what a page tells its readers of how all pages were checked.

Everything comes from files: the manifests and ``results.json``, which the suite writes, the record and the ledger of
the mutants, and the record of the lessons that ran in a browser. A page with this directive is read again when one of
them changes.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from snippets.build import MANIFESTS
from snippets.manifest import Block, Inline, Manifest
from snippets.transcript import INTERRUPT, PROMPT, TranscriptError, parse

logger = logging.getLogger(__name__)

RESULTS, RECORD, LEDGER = "build/snippets/results.json", "snippets/recorded/mutants.json", "tests/mutants.toml"
BROWSER = "snippets/recorded/browser.json"
#: Code in a sentence that a reader could type, beside commands: a directive or section, an option with a value.
DIRECTIVE = re.compile(r"</?[A-Z]\w+|(?=\w*[a-z][A-Z])[A-Z]\w+")
OPTION = re.compile(r"[a-z][a-z-]*=\S+")
NOT_RUN = [
    "The suite has not been run on what stands here: there is nothing to tell. ``make snippets-test LAB=all`` runs it."
]


@dataclass(frozen=True)
class Found:
    """What is known: the manifest, results by lab and block, and what became of the mutants."""

    manifest: Manifest
    labs: dict[str, dict[str, str]]
    rows: dict[tuple[str, str], dict[str, Any]]
    mutants: dict[str, Any]
    survivors: Sequence[dict[str, str]]
    browser: dict[str, Any]

    @classmethod
    def load(cls, root: Path) -> Found:
        """Read the files; those that are not there tell nothing.

        :raises ValueError: one cannot be read; the message names it
        """
        manifest = Manifest.load(*(root / name for name in MANIFESTS if (root / name).exists()))
        results = _json(root / RESULTS)
        digests = {block.id: block.digest for block in manifest.blocks}
        fitting = [row for row in results.get("blocks", ()) if digests.get(row["id"]) == row["digest"]]
        ledger = tomllib.loads((root / LEDGER).read_text()) if (root / LEDGER).exists() else {}
        return cls(
            manifest,
            results.get("labs", {}),
            {(row["lab"], row["id"]): row for row in fitting},
            _json(root / RECORD),
            ledger.get("survivor", ()),
            _json(root / BROWSER),
        )

    def how(self, block: Block) -> set[tuple[str, str]]:
        """Return what became of a block, over the labs: outcomes, and how far each was checked."""
        rows = [self.rows[key] for lab in self.labs if (key := (lab, block.id)) in self.rows]
        return {(row["outcome"], row["checked"]) for row in rows}


def _json(path: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: cannot be read ({error}); delete it, or run make snippets-test") from error
    return read


# -- The parts, as reStructuredText --------------------------------------------------------------


def summary(found: Found) -> Iterator[str]:
    """Say how much was checked, on what and when."""
    if not found.rows:
        yield from NOT_RUN
        return
    run = [block for block in found.manifest.blocks if found.how(block)]
    steps = [step for block in run if block.role == "transcript" for step in _steps(block)]
    commands = sum(bool(step.command) for step in steps)
    lines = sum(block.text.rstrip("\n").count("\n") + 1 for block in run)
    files = sum(block.role == "file" for block in run)
    yield (
        f"{_n(len(run), 'block')} on {_n(len({block.page for block in run}), 'page')}, the deck among them, with "
        f"{lines:,} lines: {_n(files, 'file')} written, {_n(commands, 'command')} typed."
    )
    yield from ("", ".. list-table::", "   :header-rows: 1", "")
    yield from _row("System", "mod_wsgi", "Python", "Blocks", "Passed", "Last run")
    for lab, versions in sorted(found.labs.items(), key=lambda it: it[1]["mod_wsgi"]):
        outcomes = [row["outcome"] for (name, _), row in found.rows.items() if name == lab]
        meant = sum(block.is_on(lab) for block in found.manifest.blocks)
        yield from _row(
            f"Debian {versions['debian']} · Apache {versions['apache']}", versions["mod_wsgi"], versions["python"],
            str(meant), str(outcomes.count("passed")), versions.get("when", "unknown"),
        )  # fmt: skip


def gaps(found: Found) -> Iterator[str]:
    """List the blocks of which something is not checked, each with the reason."""
    if not found.rows:
        yield from NOT_RUN
        return
    rows = [(block, why) for block in found.manifest.blocks for why in _gaps(found, block)]
    if not rows:
        yield "There is none."
        return
    for page in dict.fromkeys(block.page for block, _ in rows):
        yield from (f"{_page(page)}", "")
        for block, why in rows:
            if block.page == page:
                yield f"- {why}"
        yield ""


def _gaps(found: Found, block: Block) -> Iterator[str]:
    how, first = found.how(block), _code(block.text.strip().split("\n")[0])
    if block.role == "unchecked":
        yield f"{first} is not checked: {block.options.get('unchecked', 'no reason is given')}"
    elif not how:
        yield f"{first} was not run since it was changed"
    elif bad := {outcome for outcome, _ in how if outcome not in ("passed", "exempt")}:
        yield f"{first}: {' and '.join(sorted(bad))}"
    elif {checked for _, checked in how} == {"parsed"}:
        tool = "a config test" if block.language == "apache" else "a syntax check"
        refused = ", which refuses it as the page says" if "fails" in block.options else ""
        yield f"{first} went through {tool} and no more{refused}"
    elif {checked for _, checked in how} == {"written"}:
        yield f"{first} was written, and read by nothing"
    for step in _steps(block) if block.role == "transcript" else ():
        if step.command not in (None, INTERRUPT) and not step.compared:
            yield f"the output of {_code(step.command.split(chr(10))[0])} is not compared"


def mutants(found: Found) -> Iterator[str]:
    """Say how many faults were planted on each page and noticed, and how many a config test alone would refuse."""
    pages = found.mutants.get("pages")
    if not pages:
        yield "No faults have been planted yet: ``make mutants`` does it."
        return
    made, killed = (sum(page[name] for page in pages.values()) for name in ("made", "killed"))
    tested = [page["configurations"] for page in pages.values()]
    changed, noticed, refused = (sum(it[name] for it in tested) for name in ("made", "killed", "by_config_test"))
    versions = {lab: of["mod_wsgi"] for lab, of in found.mutants.get("versions", {}).items()}
    default = versions.pop(found.mutants.get("lab"), "")
    others = f"; what is for another only, with {' or '.join(sorted(versions.values()))}" if versions else ""
    yield (
        f"Of {made:,} planted faults the suite noticed {killed:,}, {killed / max(made, 1):.0%}. {changed} of them were "
        f"in configurations: ``apachectl -t`` alone refused {refused} of these, running the pages noticed {noticed}. "
        f"Recorded on {found.mutants.get('when', 'an unknown day')} with mod_wsgi {default}{others}."
    )
    yield from ("", ".. list-table::", "   :header-rows: 1", "")
    yield from _row("Page", "Faults", "Noticed", "In configurations", "Refused by ``apachectl -t``", "Noticed there")
    for name in [page.page for page in found.manifest.pages if page.page in pages] or pages:
        page = pages[name]
        its = page["configurations"]
        yield from _row(
            _page(name),
            *(str(it) for it in (page["made"], page["killed"], its["made"], its["by_config_test"], its["killed"])),
        )
    if found.survivors:
        yield from ("", "These were not noticed. One row stands for all of a page that are alike:")
        yield from ("", ".. list-table::", "   :header-rows: 1", "")
        yield from _row("Page", "Fault", "Why nobody notices")
        for row in found.survivors:
            now = f" for {_code(row['was'])}: {_code(row['now'])}" if row["now"] else f": {_code(row['was'])}"
            yield from _row(_page(row["page"]), f"{row['kind']}{now}", f"{row['why']} ({row['reason']})")


def browser(found: Found) -> Iterator[str]:
    """Say which lessons came out as shown in a reader's browser too, and what each costs there."""
    record, rows = found.browser, []
    for page in (page.page for page in found.manifest.pages):
        lesson = record.get("lessons", {}).get(page.partition("/")[2])
        now = [block.digest for block in found.manifest.of(page, record["lab"]) if block.acts] if lesson else []
        rows += [(page, len(now), lesson)] if lesson and now == lesson["blocks"] else []
    if not rows:
        yield "No lesson was, as it stands here. ``make record-browser`` runs them."
        return
    versions = record["versions"]
    yield (
        f"{_n(sum(count for _, count, _ in rows), 'block')} on {_n(len(rows), 'page')} came out as shown, "
        f"on Debian {versions['debian']} for 32-bit processors, with Apache "
        f"{versions['apache']} and mod_wsgi {versions['mod_wsgi'].partition('-')[0]}."
    )
    yield from ("", ".. list-table::", "   :header-rows: 1", "")
    yield from _row("Page", "Blocks", "Downloaded", "Prompt after", "All of it", "Memory", "Last run")
    for page, count, lesson in rows:
        yield from _row(
            _page(page), str(count), f"{lesson['bytes'] / 1e6:.1f} MB", f"{lesson['ready']:.0f} s",
            f"{lesson['seconds']} s", f"{lesson['memory'] / 1e6:.0f} MB", lesson["when"],
        )  # fmt: skip


def prose(found: Found) -> Iterator[str]:
    """List code in sentences that looks like something to type and stands in no checked block."""
    if not found.rows:
        yield from NOT_RUN
        return
    rows = list(unchecked_prose(found))
    if not rows:
        yield "There is none."
    for page in dict.fromkeys(code.page for code in rows):
        said = dict.fromkeys(_code(code.text) for code in rows if code.page == page)
        yield f"- {_page(page)}: {', '.join(said)}"


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
    for code in found.manifest.prose:
        text = " ".join(code.text.split())
        first, *more = text.split(" ") or [""]
        looks = DIRECTIVE.match(text) or OPTION.match(text) or (first in typed and more)
        if looks and not any(text in one for one in texts):
            yield code


def _steps(block: Block) -> list[Any]:
    try:
        return parse(block.text, own_terminal="terminal" in block.options)
    except TranscriptError:  # the build has told
        return []


def _n(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _page(name: str) -> str:
    return f":doc:`/{name.removeprefix('tutorial/')}`" if name.startswith("tutorial/") else "The deck"


def _code(text: str) -> str:
    """Return a text as code in a sentence, as near as reStructuredText lets it be written."""
    text = PROMPT.sub("", text, count=1).strip().replace("`", "'")
    return f"``{text}``" if text else "(nothing)"


def _row(*cells: str) -> Iterator[str]:
    for n, cell in enumerate(cells):
        yield f"   {'* -' if n == 0 else '  -'} {cell}"


# -- The directive -------------------------------------------------------------------------------

PARTS: dict[str, Callable[[Found], Iterable[str]]] = {
    "summary": summary, "browser": browser, "gaps": gaps, "mutants": mutants, "prose": prose,
}  # fmt: skip


class Tested(SphinxDirective):
    """Tell one part of how the pages were checked: ``summary``, ``browser``, ``mutants``, ``gaps`` or ``prose``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the part's paragraphs, lists and tables."""
        try:
            part = directives.choice(self.arguments[0], list(PARTS))
        except ValueError as error:
            raise self.error(str(error)) from None
        root = Path(self.config.snippets_root)
        for name in (*MANIFESTS, RESULTS, RECORD, LEDGER, BROWSER):
            if (root / name).exists() or name == RESULTS:  # with the results come the manifests
                self.env.note_dependency(str(root / name))
        if self.env.app.builder.name == "snippets":
            return []  # it makes what all this is told from
        try:
            lines = list(PARTS[part](Found.load(root)))
        except ValueError as error:
            if RESULTS not in str(error):  # of these, the lines under the blocks have told
                logger.warning(str(error), type="snippets", location=self.get_location(), once=True)
            lines = NOT_RUN
        return [nodes.container("", *self.parse_text_to_nodes("\n".join(lines)), classes=["tested"])]
