"""Where GitHub runs the tests: a failure stands in the pull request, at its file and line.

GitHub reads commands from what a step prints, wherever a line begins with ``::``, and pages print what machines say.
So it is told first to take no command, but for the annotations at the end, between two lines that nobody can guess.
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

import pytest

#: What a failure of the pages begins with: the page's file and line, and what is wrong.
PLACE = re.compile(r"(?P<file>[\w./-]+):(?P<line>\d+): (?P<what>.*)", re.DOTALL)
LONGEST = 2000  # characters of a message


def annotation(file: str, line: int, message: str) -> str:
    """Return the command that puts a message at a file and line."""
    return f"::error file={_escaped(file, of_property=True)},line={line}::{_escaped(message[:LONGEST])}"


def _escaped(text: str, *, of_property: bool = False) -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, code)
    return text.replace(":", "%3A").replace(",", "%2C") if of_property else text


def place_of(report: pytest.TestReport) -> tuple[str, int, str]:
    """Return the file and line of a failed test, and what is wrong: of a page's block, those of the page."""
    said = str(report.longrepr or "").strip()
    if found := PLACE.match(said):
        return found["file"], int(found["line"]), found["what"]
    file, line, name = report.location
    crash = getattr(getattr(report.longrepr, "reprcrash", None), "message", "") or said
    return file, (line or 0) + 1, f"{name}: {crash}"


class Annotations:
    """The plug-in that tells GitHub.

    :ivar summary: the file whose Markdown GitHub shows with the run
    """

    def __init__(self, summary: Path | None) -> None:
        self.summary, self._silence = summary, secrets.token_hex(16)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Have GitHub take no command from what is printed."""
        _reporter(session.config).write_line(f"::stop-commands::{self._silence}")

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """Annotate what failed, and add it to the summary of the run: after all that is printed of the tests."""
        reporter = _reporter(config)
        failed = [report for kind in ("failed", "error") for report in reporter.stats.get(kind, ())]
        places = [place_of(report) for report in failed]
        reporter.write_line(f"::{self._silence}::")
        for place in places:
            reporter.write_line(annotation(*place))
        if self.summary:
            passed = len(reporter.stats.get("passed", ()))
            rows = [f"- `{file}:{line}` {_in_markdown(what)}" for file, line, what in places]
            with self.summary.open("a") as file:
                file.write("\n".join([f"### {len(failed)} failed, {passed} passed", "", *rows, ""]) + "\n")


def _in_markdown(text: str) -> str:
    """Return the first line of a text, as code: it may say anything."""
    first = text.partition("\n")[0].replace("`", "'")[:200]
    return f"`{first}`" if first.strip() else ""


def _reporter(config: pytest.Config) -> pytest.TerminalReporter:
    reporter = config.pluginmanager.getplugin("terminalreporter")
    assert isinstance(reporter, pytest.TerminalReporter)
    return reporter


def register(config: pytest.Config) -> None:
    """Register the plug-in, if this runs on GitHub."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        config.pluginmanager.register(Annotations(Path(summary) if summary else None))
