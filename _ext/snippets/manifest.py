"""The manifest: every block that readers see, as one row each.

Written by the ``snippets`` builder, read by whatever runs or counts blocks. One file a source
folder, ``build/snippets/{tutorial,slides}.json``::

    {"pages": [{"page": "tutorial/install", "source": "tutorial/install.rst", "starts_from": null, "starts_line": 0,
                "apart": false}],
     "blocks": [{"id": "tutorial/install.rst:42", ...}],
     "prose": [{"page": "tutorial/install", "line": 12, "text": "a2ensite"}]}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from snippets.transcript import Step, parse


@dataclass(frozen=True)
class Page:
    """A lesson or the deck: ``page`` is its name, ``starts_from`` the page whose end it starts at.

    ``starts_line`` is the line that says so, 0 if none does. If its sections stand ``apart``, each begins there.
    """

    page: str
    source: str
    starts_from: str | None = None
    starts_line: int = 0
    apart: bool = False

    @property
    def start_at(self) -> str:
        """Name the place where the page says what it starts from, by file and line."""
        return f"{self.source}:{self.starts_line}"


@dataclass(frozen=True)
class Block:
    """What the reader sees highlighted. Lines count from 1; paths are relative to the repository.

    ``line`` is the first line of the content, for a ``literalinclude`` that of the directive;
    ``listing`` and ``listing_line`` say where its text comes from, ``whole`` that it is all of the
    listing. ``role`` says what is done with it: a ``file`` is written to ``path``, a ``fragment``
    config-tested, a ``transcript`` typed, and with ``unchecked`` nothing is done. ``options`` are
    those given on the page, by name; ``emphasized`` are lines of the block, from 1; ``part`` is the id of the
    section it stands in, on a page whose sections stand apart; ``replaces`` is what the file says before, where the
    page shows the difference.
    """

    id: str
    page: str
    source: str
    line: int
    language: str
    role: str
    text: str
    listing: str | None = None
    listing_line: int | None = None
    whole: bool = False
    path: str | None = None
    options: dict[str, str] = field(default_factory=dict)
    emphasized: tuple[int, ...] = ()
    part: str = ""
    replaces: str | None = None

    @property
    def digest(self) -> str:
        """Identity of what is checked: same digest, same check, wherever the block stands.

        What the doctor finds after it is a check of its own, which ``runner.states`` counts in.
        """
        options = sorted((name, value) for name, value in self.options.items() if name != "doctor")
        said = [self.role, self.language, self.text, self.path, options, self.emphasized]
        said += [self.replaces] if self.replaces is not None else []
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]

    @property
    def acts(self) -> bool:
        """Tell whether the block does something to the page's machine: a file is written, or commands are typed."""
        return self.role in ("file", "transcript")

    @property
    def is_region(self) -> bool:
        """Tell whether the block shows a region of a listing, which another block writes."""
        return self.role == "fragment" and bool(self.listing)

    def steps(self) -> list[Step]:
        """Return what a transcript types, and what it shows of what comes.

        :raises TranscriptError: it is none
        """
        return parse(self.text, own_terminal="terminal" in self.options)

    def is_on(self, lab: str) -> bool:
        """Tell whether the block is for a lab: for all, unless ``:on:`` names some."""
        return "on" not in self.options or lab in self.options["on"].split()

    def at(self, offset: int) -> str:
        """Name a line of the block by its page's file and line; ``offset`` counts from 0."""
        return f"{self.source}:{self.line + (0 if self.listing else offset)}"

    def row(self) -> dict[str, object]:
        """Return the manifest row."""
        return asdict(self) | {"digest": self.digest}

    @classmethod
    def from_row(cls, row: dict[str, object]) -> Block:
        """Read a manifest row back."""
        known = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**known | {"emphasized": tuple(row["emphasized"])})  # type: ignore[arg-type]


def has_machine(page: Page, blocks: Iterable[Block]) -> bool:
    """Tell whether a page has anything of its own to run: more than regions of other pages' listings."""
    return any(block.role != "unchecked" and not (block.is_region and not page.starts_from) for block in blocks)


@dataclass(frozen=True)
class Inline:
    """Code inside a sentence, and the line on which its paragraph begins."""

    page: str
    line: int
    text: str


@dataclass(frozen=True)
class Manifest:
    """Pages, their blocks and the code in their sentences, in reading order."""

    pages: tuple[Page, ...] = ()
    blocks: tuple[Block, ...] = ()
    prose: tuple[Inline, ...] = ()

    def dump(self, path: Path) -> None:
        """Write the manifest file, unless it says this already."""
        rows = {
            "pages": [asdict(page) for page in self.pages],
            "blocks": [block.row() for block in self.blocks],
            "prose": [asdict(code) for code in self.prose],
        }
        text = json.dumps(rows, indent=1) + "\n"
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    @classmethod
    def load(cls, *paths: Path) -> Manifest:
        """Read one or more manifest files into one.

        :raises ValueError: a file is no manifest; the message names it and says what to do
        """
        pages: list[Page] = []
        blocks: list[Block] = []
        prose: list[Inline] = []
        for path in paths:
            try:
                rows = json.loads(path.read_text())
                pages += [Page(**row) for row in rows["pages"]]
                blocks += [Block.from_row(row) for row in rows["blocks"]]
                prose += [Inline(**row) for row in rows["prose"]]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}: not a manifest ({error}); delete it and try again") from error
        return cls(tuple(pages), tuple(blocks), tuple(prose))

    def page(self, name: str) -> Page:
        """Return the page of that name.

        :raises KeyError: there is none
        """
        pages = {page.page: page for page in self.pages}
        if name not in pages:
            raise KeyError(f"no page {name!r}; there are: {', '.join(pages)}")
        return pages[name]

    def of(self, page: str, lab: str | None = None) -> list[Block]:
        """Return the blocks of one page, in reading order; with a lab, those that are for it."""
        return [block for block in self.blocks if block.page == page and (lab is None or block.is_on(lab))]
