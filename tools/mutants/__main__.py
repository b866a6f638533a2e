"""``make mutants``: change one thing in one block at a time, and see whether the suite notices.

``python -m tools.mutants [--fresh] [PAGE]``. What came of it is committed as ``snippets/recorded/mutants.json``;
pages whose mutants were run as they are now are not run again. Survivors stand, each with a reason, in
``tests/data/mutants.toml``. A mutant is tried on the default lab; one of a block that is for others only, on the first
of these.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from lab import image
from runner.plan import PlanError
from snippets.build import manifest
from tools import cli
from tools.mutants.ledger import RECORDED, faults, ledger, load, outdated, too_few
from tools.mutants.trial import Trial, own_blocks


def run(page: str | None, fresh: bool) -> int:
    """Run the mutants of one page or of all that need it, and record what came; return the exit status.

    :raises EngineError: there is no engine, or no image can be had
    :raises MachineError: the pages do not pass as they are
    :raises PlanError: there is no such page
    :raises ValueError: the ledger cannot be read
    """
    pages, recorded, rows = manifest(), load(), ledger()
    if page and page not in [it.page for it in pages.pages]:
        raise PlanError(f"no page {page!r}; there are: {', '.join(it.page for it in pages.pages)}")
    names = [it.page for it in pages.pages if own_blocks(pages, it.page)]
    stale = names if fresh else outdated(recorded, pages)
    recorded["pages"] = {name: tally for name, tally in recorded["pages"].items() if name in names}
    wanted = [name for name in names if name in stale and page in (None, name)]
    if wanted:
        with Trial(pages, wanted) as trial:
            for name in wanted:
                recorded["pages"][name] = trial.page(name).row()
                recorded |= {"lab": image.DEFAULT, "when": datetime.now(UTC).date().isoformat()}
                recorded |= {"versions": recorded.get("versions", {}) | trial.versions}
                RECORDED.write_text(json.dumps(recorded, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    for name, tally in sorted(recorded["pages"].items()):
        tested = tally["configurations"]
        print(
            f"{name}: {tally['killed']} of {tally['made']} noticed; "
            f"of {tested['made']} configurations the configuration test refuses {tested['by_config_test']}"
        )
    wrong = [*faults(recorded, rows), *filter(None, [too_few(recorded)])]
    print("\n".join(wrong) or "every survivor has a reason")
    return 1 if wrong else 0


def main(fresh: str, page: str) -> int:
    """Run the command."""
    try:
        return run(page or None, bool(fresh))
    except KeyboardInterrupt:
        print("make: stopped; what was recorded for whole pages is kept", file=sys.stderr)
    return 1


if __name__ == "__main__":
    cli.run(main, "tools.mutants [--fresh] [PAGE]", ValueError)
