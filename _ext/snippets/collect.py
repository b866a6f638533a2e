"""Find the blocks of a page that has been read, and write their verdicts under them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.util import logging

from snippets.directives import BLOCKS
from snippets.manifest import Block
from snippets.options import ALIASES, misplaced
from snippets.results import Results
from snippets.transcript import TranscriptError, parse

logger = logging.getLogger(__name__)


class BlockCollector(EnvironmentCollector):
    """Give each block its manifest row (``node["snippet"]``) and the line that says it was run.

    Which line stands where is kept for each page: a page whose lines would be others now is
    outdated, so that no build shows a line that results no longer bear out.
    """

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Describe the blocks of a page and put the lines under them."""
        results = Results.load(_results_file(app))
        shown: list[tuple[Block, str | None]] = []
        for node, block in _blocks(app, doctree):
            node["snippet"] = block.row()
            line = results.line(block)
            shown.append((block, line))
            _put_under(node, block, line)
        _lines(app.env)[app.env.docname] = shown

    def get_outdated_docs(
        self, app: Sphinx, env: BuildEnvironment, added: Set[str], changed: Set[str], removed: Set[str]
    ) -> list[str]:
        """Name the pages whose lines no longer fit the results."""
        results = Results.load(_results_file(app))
        return [
            page
            for page, shown in _lines(env).items()
            if any(results.line(block) != line for block, line in shown)
        ]

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page."""
        _lines(env).pop(docname, None)

    def merge_other(self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: Any) -> None:
        """Take over pages read by another process."""
        _lines(env).update({page: _lines(other)[page] for page in docnames})


def _lines(env: BuildEnvironment) -> dict[str, list[tuple[Block, str | None]]]:
    if not hasattr(env, "snippets_lines"):
        env.snippets_lines = {}  # type: ignore[attr-defined]
    lines: dict[str, list[tuple[Block, str | None]]] = env.snippets_lines  # type: ignore[attr-defined]
    return lines


def _results_file(app: Sphinx) -> Path:
    return Path(app.config.snippets_root, "build/snippets/results.json")


def _blocks(app: Sphinx, doctree: nodes.document) -> Iterator[tuple[nodes.Element, Block]]:
    """Yield the page's blocks in reading order, each with its manifest row."""
    root = Path(app.config.snippets_root).resolve()
    page_source = app.env.doc2path(app.env.docname)
    page = _relative(page_source, root).removesuffix(page_source.suffix)
    seen: Counter[str] = Counter()
    for node in list(doctree.findall(lambda n: isinstance(n, BLOCKS))):
        assert isinstance(node, nodes.Element)
        mark = node.get("snippet") or _unmarked(node, page_source)
        source = _relative(mark["source"], root)
        name = f"{source}:{mark['line']}"
        if source != _relative(page_source, root):
            name += f"@{page}"
        seen[name] += 1
        if seen[name] > 1:
            name += f"#{seen[name]}"
        block = _describe(node, mark, name, page, source, root)
        for message in _faults(node, block, root):
            logger.warning(message, location=f"{mark['source']}:{mark['line']}", type="snippets")
        yield node, block


def _describe(
    node: nodes.Element, mark: dict[str, Any], name: str, page: str, source: str, root: Path
) -> Block:
    language = str(node.get("language", "default"))
    if isinstance(node, nodes.raw):
        language = f"raw {node['format']}"
    elif isinstance(node, nodes.doctest_block):
        language = "pycon"
    language = ALIASES.get(language, language)
    caption, options = mark.get("caption"), mark.get("options", {})
    path = caption if caption and caption.startswith("/") else None
    listing = _relative(mark["listing"], root) if "listing" in mark else None
    if "unchecked" in options:
        role = "unchecked"
    elif path:
        role = "file"
    elif language == "console":
        role = "transcript"
    else:
        role = "fragment" if language == "apache" or listing else "unchecked"
    return Block(
        id=name,
        page=page,
        source=source,
        line=mark["line"],
        language=language,
        role=role,
        text=node.astext(),
        listing=listing,
        listing_line=mark.get("listing_line"),
        whole=mark.get("whole", False),
        path=path,
        options=options,
        emphasized=tuple(node.get("highlight_args", {}).get("hl_lines", ())),
    )


def _faults(node: nodes.Element, block: Block, root: Path) -> Iterator[str]:
    """Yield what is wrong with a block as it stands on the page."""
    if not block.listing and not _stands_at(node, root / block.source, block.line):
        yield "cannot tell which line this block begins on: use code-block or literalinclude"
    yield from misplaced(block.options, block.language)
    if block.path and block.listing and not block.whole:
        yield f"{block.path}: a listing that goes to a file is shown whole"
    for name in ("context", "fails"):
        if block.path and name in block.options:
            yield f"':{name}:' belongs to a fragment; this block goes to {block.path}"
    if block.role == "transcript":
        try:
            parse(block.text, own_terminal="terminal" in block.options)
        except TranscriptError as error:
            yield f"{block.at(error.offset)}: {error}"


def _unmarked(node: nodes.Element, page_source: Path) -> dict[str, Any]:
    """Place a block that no directive made: after ``::``, a doctest, an inline raw role.

    Their own line is right or, inside a paragraph, the paragraph's first.
    """
    source = Path(node.source or page_source)
    start = next((n.line for n in _upwards(node) if n.line), 1)
    lines = range(start, start + 200)
    return {"source": source, "line": next((n for n in lines if _stands_at(node, source, n)), start)}


def _upwards(node: nodes.Element | None) -> Iterator[nodes.Element]:
    while node is not None:
        yield node
        node = node.parent


def _stands_at(node: nodes.Element, source: Path, line: int) -> bool:
    """Tell whether the block's first line stands on that line of the file."""
    lines = _source_lines(source, source.stat().st_mtime_ns)
    first = (node.rawsource or node.astext()).split("\n")[0]
    return line <= len(lines) and " ".join(first.split()) in " ".join(lines[line - 1].split())


@cache
def _source_lines(source: Path, mtime: int) -> list[str]:
    return source.read_text().split("\n")


def _relative(path: str | Path, root: Path) -> str:
    return Path(path).resolve().relative_to(root).as_posix()


def _put_under(node: nodes.Element, block: Block, line: str | None) -> None:
    """Put what the page says of a block under it, outside its caption's container."""
    wrapper = node.parent if isinstance(node.parent, nodes.container) and block.path else node
    under: list[nodes.Node] = []
    if said := block.options.get("fails"):
        text = [nodes.literal("", "apachectl -t"), nodes.Text(" refuses it: "), nodes.literal("", said)]
        under.append(nodes.paragraph("", "", *text, classes=["snippet-fails"]))
    if line:
        under.append(nodes.paragraph("", line, classes=["snippet-verdict"]))
    if under:
        place = wrapper.parent.index(wrapper) + 1
        wrapper.parent[place:place] = under
