"""The pytest plug-in: the options of ``make snippets-test``, a test of each block, the suite that runs the pages."""

from __future__ import annotations

import locale
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import image
from lab.engine import EngineError
from project import ROOT
from runner import github
from runner.plan import PlanError
from runner.results import kept, write
from runner.suite import Suite
from snippets import build
from snippets.manifest import Block, Manifest
from snippets.results import RESULTS

FAILURES = ROOT / "build/failed"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of ``make snippets-test``."""
    parser.addoption("--lab", default=image.DEFAULT, help=f"{', '.join(image.LABS)} or all")
    parser.addoption("--page", default="", help="one page, such as tutorial/install")
    parser.addoption("--fresh", action="store_true", help="don't use anything that an earlier run has left")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is about the reference where other pages are asked for."""
    page = str(config.getoption("--page"))
    others = page and not page.startswith("tutorial/reference/")
    return True if others and collection_path.name == "test_modules.py" else None


def pytest_configure(config: pytest.Config) -> None:
    """See that the files can be read, and hear what GitHub is to be told."""
    if (encoding := locale.getpreferredencoding(False).lower()) != "utf-8":
        told = f"the files are in UTF-8 and this locale's encoding is {encoding}"
        pytest.exit(f"{told}. Set PYTHONUTF8=1, as make does", returncode=4)
    if not hasattr(config, "workerinput"):  # of pytest-xdist's processes one tells
        github.register(config)


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """Print no sign for a block: the suite says where it is."""
    if "::test_block[" in report.nodeid and report.when == "call":
        return report.outcome, "", ""
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not checked, and what to type so that it is."""
    skipped = [report.longrepr[2].removeprefix("Skipped: ") for report in terminalreporter.getreports("skipped")]
    for reason, times in Counter(skipped).items():
        terminalreporter.write_line(f"not checked: {times} test{'s' * (times > 1)} {reason}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each block on each lab, named by the page's file and line."""
    if "block" not in metafunc.fixturenames:
        return
    config = metafunc.config
    page = config.getoption("--page")
    try:
        manifest = config.stash[_manifest] = build.manifest()
        labs = image.labs(config.getoption("--lab"))
        if page:
            manifest.page(page)
    except (EngineError, KeyError, ValueError) as error:
        raise pytest.Collector.CollectError(error.args[0]) from None
    blocks = [block for block in manifest.blocks if not page or block.page == page]
    cases = [(lab, block) for lab in labs for block in blocks if block.is_on(lab)]
    if not cases:
        raise pytest.Collector.CollectError(f"no blocks on {page or 'any page'}: nothing would be checked")
    names = [block.id if len(labs) == 1 else f"{block.id} {lab}" for lab, block in cases]
    metafunc.parametrize(("lab", "block"), cases, ids=names, scope="session")


_manifest = pytest.StashKey[Manifest]()


@pytest.fixture(scope="session")
def manifest(request: pytest.FixtureRequest) -> Manifest:
    """Give the manifest of both source folders."""
    return request.config.stash.get(_manifest, None) or build.manifest()


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest, manifest: Manifest) -> Iterator[Suite]:
    """Run the pages of the tests that were selected."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    chosen: list[tuple[str, Block]] = [(p["lab"], p["block"]) for p in params if "block" in p]
    capture = request.config.pluginmanager.getplugin("capturemanager")
    reporter = request.config.pluginmanager.getplugin("terminalreporter")

    def say(what: str) -> None:
        if reporter.isatty:
            reporter.rewrite("", erase=True)
            reporter.rewrite("")
        reporter.ensure_newline()
        reporter.write_line(what)

    def show(line: str) -> None:
        reporter.rewrite(line, erase=True)

    try:
        with capture.global_and_fixture_disabled():  # an image is built in a minute: one wants to see it
            running = Suite(
                manifest,
                dict.fromkeys(block.page for _, block in chosen),
                dict.fromkeys(lab for lab, _ in chosen),
                kept=kept(ROOT / RESULTS),
                fresh=request.config.getoption("--fresh"),
                failures=FAILURES,
                say=say,
                show=show if reporter.isatty else None,
            )
    except (EngineError, PlanError) as error:
        pytest.exit(str(error), returncode=2)
    with running:
        try:
            yield running
        finally:
            try:
                write(ROOT / RESULTS, manifest, running.found())
            except OSError as error:
                pytest.fail(
                    f"{ROOT / RESULTS}: cannot be written ({error.strerror}): make room, and run this again", False
                )
            say(running.time())
