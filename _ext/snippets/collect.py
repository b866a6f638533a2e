"""Find the blocks of a page that has been read, and write their verdicts under them."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.tags import Tags

from snippets.directives import BLOCKS, Mark
from snippets.faults import faults
from snippets.manifest import Block, Inline, Page
from snippets.mark import verdict_mark
from snippets.options import ALIASES
from snippets.transcript import PROMPT
from snippets.verdicts import Summary, Verdicts
from stored import PageCollector, by_page

logger = logging.getLogger(__name__)
SHOWN, PROSE = "snippets_shown", "snippets_prose"


@dataclass(frozen=True)
class Shown:
    """The blocks of a page, the lines under them, what they have in common, and when it was last run as a whole."""

    blocks: Sequence[Block]
    lines: Sequence[str | None]
    summaries: Mapping[str, Summary]
    whole: str | None


class BlockCollector(PageCollector):
    """Collect the blocks of each page, and put the lines under them that say they were run.

    What a page says of its runs is kept: where that would be another now the page is outdated, so that no
    build shows what the results no longer bear out.
    """

    names = (SHOWN, PROSE)
    verdicts = Verdicts()

    def get_outdated_docs(
        self, app: Sphinx, env: BuildEnvironment, added: Set[str], changed: Set[str], removed: Set[str]
    ) -> list[str]:
        """Load the verdicts and name the pages that say something else."""
        if app.builder.name != "snippets":  # the manifest is what results are made from
            try:
                self.verdicts = Verdicts.load(_root(env))
            except ValueError as error:
                logger.warning(str(error), type="snippets")
        return [docname for docname, shown in _shown(env).items() if self._shown(shown.blocks) != shown]

    def _shown(self, blocks: Sequence[Block]) -> Shown:
        verdicts = self.verdicts
        return Shown(blocks, verdicts.lines(blocks), verdicts.summaries(blocks), verdicts.whole(blocks))

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Describe the blocks of a page and put the lines under them."""
        if (sections := app.env.metadata[app.env.docname].get("sections", "apart")) != "apart":
            place = f"{app.env.doc2path(app.env.docname)}:1"
            logger.warning(f"':sections: {sections}': write 'apart', or leave it out", location=place, type="snippets")
        places = list(_blocks(app.env, app.tags, doctree))
        shown = self._shown([block for _, block in places])
        summary = None if app.tags.has("slides") else shown.summaries.get("")
        usual = summary.usual if summary else None
        for (node, block), line in zip(places, shown.lines, strict=True):
            if block.role == "transcript" and not any(map(PROMPT.match, block.text.split("\n"))):
                node["classes"].append("nothing-typed")  # and so nothing to copy
            node["snippet_id"] = block.id
            _put_under(node, block, line, usual)
        _shown(app.env)[app.env.docname] = shown
        _prose(app.env)[app.env.docname] = [*_inline(app.env, doctree)]


def blocks_of(env: BuildEnvironment, docname: str) -> list[Block]:
    """Return the blocks of a page that has been read, in reading order."""
    return [*_shown(env)[docname].blocks]


def whole_of(env: BuildEnvironment, docname: str) -> str | None:
    """Return when a page that has been read was last run as a whole, in ISO 8601."""
    return _shown(env)[docname].whole


def summary_of(env: BuildEnvironment, docname: str, part: str = "") -> Summary | None:
    """Return what can be said of all blocks at once of a page that has been read, or of a part that stands apart."""
    return _shown(env)[docname].summaries.get(part)


def prose_of(env: BuildEnvironment, docname: str) -> list[Inline]:
    """Return the code in the sentences of a page that has been read, in reading order."""
    return _prose(env)[docname]


def page_of(env: BuildEnvironment, docname: str) -> Page:
    """Describe a page.

    ``:starts-from: install`` names one of the same source folder; with ``:sections: apart`` each section begins there.
    """
    path = env.doc2path(docname)
    source = _relative(path, env)
    start: str | None = env.metadata[docname].get("starts-from")
    if start and "/" not in start:
        start = f"{_relative(env.srcdir, env)}/{start}"
    # The field is gone from the doctree by now; where it stood, only the source says.
    lines = path.read_text().split("\n") if start else []
    line = next((n for n, line in enumerate(lines, 1) if line.startswith(":starts-from:")), 0)
    apart = env.metadata[docname].get("sections") == "apart"
    return Page(source.removesuffix(path.suffix), source, start, line, apart)


def _shown(env: BuildEnvironment) -> dict[str, Shown]:
    """Return what is kept with the environment, by page."""
    return by_page(env, SHOWN)


def _prose(env: BuildEnvironment) -> dict[str, list[Inline]]:
    """Return the code in sentences that is kept with the environment, by page."""
    return by_page(env, PROSE)


def _root(env: BuildEnvironment) -> Path:
    return Path(env.config.snippets_root).resolve()


def _relative(path: str | Path, env: BuildEnvironment) -> str:
    return Path(os.path.relpath(Path(path).resolve(), _root(env))).as_posix()


# -- One page ------------------------------------------------------------------------------------


def _inline(env: BuildEnvironment, doctree: nodes.document) -> Iterator[Inline]:
    """Yield the code in a page's sentences, but for what the page tells of other pages."""
    page = page_of(env, env.docname).page
    for node in doctree.findall(nodes.literal):
        around = list(upwards(node))
        if not any("tested" in one.get("classes", ()) for one in around):
            line = next((one.line for one in around if one.line), 0)
            yield Inline(page, line, node.astext())


def _blocks(env: BuildEnvironment, tags: Tags, doctree: nodes.document) -> Iterator[tuple[nodes.Element, Block]]:
    """Yield the blocks that the page's readers see, in their order, and warn of their faults."""
    page = page_of(env, env.docname)
    language = env.config.highlight_language
    ids: Counter[str] = Counter()
    for node in doctree.findall():
        if isinstance(node, addnodes.highlightlang):
            language = node["lang"]
        elif isinstance(node, BLOCKS) and _visible(node, tags):
            mark: Mark = node.attributes.pop("snippet", None) or _mark_of(node)
            block = _describe(node, mark, page, language, env)
            ids[block.id] += 1
            if (n := ids[block.id]) > 1:
                block = replace(block, id=f"{block.id}#{n}")
            for line, message in faults(block, mark):
                location = f"{_root(env) / block.source}:{line}"
                logger.warning(message, location=location, type="snippets")
            yield node, block


def upwards(node: nodes.Element | None) -> Iterator[nodes.Element]:
    """Yield a node and all that it stands in."""
    while node is not None:
        yield node
        node = node.parent


def _visible(node: nodes.Element, tags: Tags) -> bool:
    """Tell whether the readers of this build see a node."""
    for around in upwards(node):
        if isinstance(around, (nodes.substitution_definition, nodes.system_message)):
            return False  # they see each place where it is used; Sphinx quotes what it complains of
        if isinstance(around, addnodes.only) and not _holds(around["expr"], tags):
            return False
    return True


def _holds(condition: str, tags: Tags) -> bool:
    """Evaluate the condition of an ``only::``."""
    try:
        return tags.eval_condition(condition)
    except Exception:  # Sphinx shows the content then, and warns when it writes the page
        return True


def _describe(node: nodes.Element, mark: Mark, page: Page, language: str, env: BuildEnvironment) -> Block:
    """Make a block's manifest row; the id is not yet unique where two blocks begin on one line."""
    source = _relative(mark.source, env)
    name = f"{source}:{mark.line}"
    language = _language(node, language)
    path = mark.caption if mark.caption.startswith("/") else None
    return Block(
        id=name if source == page.source else f"{name}@{page.page}",
        page=page.page,
        source=source,
        line=mark.line,
        language=language,
        role=_role(mark, language, path),
        text=mark.change.after if mark.change else node.astext(),
        listing=_relative(mark.listing, env) if mark.listing else None,
        listing_line=mark.listing_line,
        whole=mark.whole,
        path=path,
        options=mark.options,
        emphasized=tuple((node.get("highlight_args") or {}).get("hl_lines", ())),
        part=_section(node) if page.apart else "",
        replaces=mark.change.before if mark.change else None,
    )


def _section(node: nodes.Element) -> str:
    """Return the id of the section under the page's title that a node stands in; nothing if it is in none."""
    sections = [around for around in upwards(node) if isinstance(around, nodes.section)]
    return str(sections[-2]["ids"][0]) if len(sections) > 1 else ""


def _language(node: nodes.Element, otherwise: str) -> str:
    if isinstance(node, nodes.raw):
        return f"raw {node['format']}"
    if isinstance(node, nodes.doctest_block):
        return "pycon"
    language = str(node.get("listing_language") or node.get("language", otherwise))
    return ALIASES.get(language, language)


def _role(mark: Mark, language: str, path: str | None) -> str:
    if "unchecked" in mark.options:
        return "unchecked"
    if path:
        return "file"
    if language == "console":
        return "transcript"
    return "fragment" if language == "apache" or mark.listing else "unchecked"


# -- Places --------------------------------------------------------------------------------------


def _mark_of(node: nodes.Element) -> Mark:
    """Place a block that no directive made: after ``::``, a doctest, a raw role."""
    if isinstance(node.parent, nodes.TextElement):
        return _mark_of_role(node, node.parent)
    source = next(around.source for around in upwards(node) if around.source)
    line = next((around.line for around in upwards(node) if around.line), 1)
    return Mark(source, line, node.rawsource or node.astext())


def _mark_of_role(node: nodes.Element, paragraph: nodes.Element) -> Mark:
    """Place a raw role by its turn among its likes in the paragraph: docutils knows no more of it."""
    likes = [other for other in paragraph.findall(nodes.raw) if other.rawsource == node.rawsource]
    turn = next(n for n, other in enumerate(likes, 1) if other is node)
    before = node.rawsource.join(paragraph.rawsource.split(node.rawsource)[:turn])
    return Mark(str(paragraph.source), (paragraph.line or 0) + before.count("\n"), node.rawsource)


# -- The page's own ------------------------------------------------------------------------------


def _put_under(node: nodes.Element, block: Block, line: str | None, usual: str | None) -> None:
    """Put what the page says of a block under it, outside its caption's container.

    :param usual: the line that the page has for all of its blocks; a block that has it as well gets a mark
    """
    under: list[nodes.Node] = []
    if said := block.options.get("fails"):
        text = [nodes.literal("", "apachectl -t"), nodes.Text(" refuses it: "), nodes.literal("", said)]
        under.append(nodes.paragraph("", "", *text, classes=["snippet-fails"]))
    if line and line == usual:
        under.insert(0, verdict_mark("", line, classes=["snippet-verdict"]))  # on the block's edge
    elif line:
        failed = ["snippet-failed"] * line.startswith("Failed")
        under.append(nodes.paragraph("", line, classes=["snippet-verdict", *failed]))
    captioned = node.parent.get("literal_block", False)
    shown = node.parent if captioned else node
    place = shown.parent.index(shown) + 1
    shown.parent[place:place] = under
