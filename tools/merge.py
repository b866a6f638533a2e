"""``make merge``: the results of labs that ran side by side, in one file, for the site that tells of all of them.

``python -m tools.merge RESULTS …`` writes ``build/snippets/results.json`` anew, from what other machines wrote there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from project import ROOT
from snippets.build import manifest
from snippets.manifest import Manifest
from snippets.results import RESULTS, Results, Run, Versions
from tools import cli


def merged(parts: Mapping[str, Results], pages: Manifest) -> Results:
    """Return what all of them tell.

    :param parts: by the name of the file
    :raises ValueError: two tell of the same lab or page differently, or one of other blocks than the pages have
    """
    labs: dict[str, Versions] = {}
    runs: dict[tuple[str, str], Run] = {}
    for name, part in parts.items():
        if not part.runs:
            raise ValueError(f"{name}: there are no results in it; make snippets-test writes them")
        for lab, versions in part.labs.items():
            if labs.setdefault(lab, versions) != versions:
                raise ValueError(f"{name}: the lab {lab} is not the same as in {_other(parts, name)}")
        for run in part.runs:
            if [it.digest for it in run.results] != [block.digest for block in pages.of(run.page, run.lab)]:
                raise ValueError(f"{name}: {run.page} has different blocks on {run.lab}; check out what was tested")
            if runs.setdefault((run.page, run.lab), run) != run:
                raise ValueError(f"{name}: {run.page} on {run.lab} had another outcome than in {_other(parts, name)}")
    return Results(labs, [*runs.values()])


def _other(parts: Iterable[str], name: str) -> str:
    return " or ".join(it for it in parts if it != name)


def main(*names: str) -> int:
    """Run the command."""
    if not names:
        raise ValueError('name the results: make merge RESULTS="one.json other.json"')
    whole = merged({name: Results.load(Path(name)) for name in names}, manifest())
    whole.dump(ROOT / RESULTS)
    print(f"written: {RESULTS}: {len(whole.runs)} runs of pages, on {', '.join(whole.labs)}")
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.merge RESULTS…", OSError, ValueError)
