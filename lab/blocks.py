"""Blocks: what is done with each, as its reader would, and what can be said of it afterwards."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyte
from snippets.manifest import Block
from snippets.transcript import INTERRUPT, Step, matches, parse

from lab.machine import Machine, Refused

SECONDS = 10  # a command's limit, unless the page says another


@dataclass(frozen=True)
class Verdict:
    """What became of a block.

    ``outcome`` is ``passed``, ``failed``, ``not run`` or ``exempt``; ``checked`` is how far the
    check went: ``written``, ``parsed``, ``run``, or nothing.
    """

    outcome: str
    checked: str = ""
    message: str = ""
    seconds: float = 0.0


class Failed(Exception):
    """A block is not what its page says; the message begins with file and line."""


class Course:
    """What has happened on a machine so far: the state that a page's blocks share.

    A listing counts as ``run`` once something has used it: a configuration when Apache has
    (re)started with it, any other file when a command or server has read it.
    """

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.verdicts: dict[str, Verdict] = {}
        self._prompts: dict[int, str] = {}
        self._running: dict[int, tuple[Block, Step]] = {}  # by terminal: what keeps running
        self._last: Block | None = None  # the last transcript
        self._unread: dict[str, Block] = {}  # by path: written, not used yet
        self._unloaded: dict[str, Block] = {}  # by path: written, not among what Apache loads

    # -- One block ---------------------------------------------------------------------------

    def run(self, block: Block) -> None:
        """Do with a block what its reader would.

        :raises Failed: it is not as the page says
        """
        started = time.monotonic()
        checked = {
            "file": self._file,
            "fragment": self._fragment,
            "transcript": self._transcript,
            "unchecked": self._unchecked,
        }[block.role](block)
        outcome = "exempt" if block.role == "unchecked" else "passed"
        seconds = time.monotonic() - started
        self.verdicts[block.id] = Verdict(outcome, checked, seconds=seconds)

    def finish(self) -> None:
        """Settle what only the end of a page can tell.

        A configuration that Apache never loads, a command that still runs and a late line in a log
        each fail their block.
        """
        news = self.machine.ask("news")
        self._take_notice(news)
        self._settle()
        for path, block in self._unloaded.items():
            self._fail(block, _never_loaded(block, path))
        for block, step in self._running.values():
            self._fail(block, f"{_command(block, step)}\n  still runs at the end of the page: end it with ^C")
        if news["logs"] and self._last:
            self._fail(self._last, _unannounced(self._last, news["logs"][0]))

    def _fail(self, block: Block, message: str) -> None:
        self.verdicts[block.id] = Verdict("failed", "", message)

    def _file(self, block: Block) -> str:
        assert block.path is not None
        if block.path in self._unloaded:
            earlier = self._unloaded.pop(block.path)
            self._fail(earlier, _never_loaded(earlier, block.path))
        text = block.text.rstrip("\n") + "\n"
        try:
            self.machine.ask("write", path=block.path, text=base64.b64encode(text.encode()).decode())
        except Refused as refused:
            raise Failed(f"{block.at(0)}: cannot write the file: {refused}") from None
        self._unread[block.path] = block
        if _is_site(block):
            self._unloaded[block.path] = block
        if block.language == "python":
            answer = self.machine.ask("compile", text=text, path=block.path)
            if not answer["ok"]:
                raise Failed(f"{_place(block, answer['line'] - 1)}: {answer['message']}")
            return "parsed"
        return "written"

    def _fragment(self, block: Block) -> str:
        if block.language != "apache":
            return "written"  # a region of a listing; what became of that is told by `taken`
        answer = self._config_test(block, block.options.get("context", "server"))
        expected = block.options.get("fails")
        message = answer["message"]
        if expected is None:
            if not answer["ok"]:
                raise Failed(f"{_place(block, _offset(block, answer['line']))}: Apache refuses it\n{_indent(message)}")
        elif answer["ok"]:
            raise Failed(f"{block.at(0)}: the page says Apache refuses this, but it takes it")
        elif expected not in " ".join(message.split()):
            raise Failed(
                f"{block.at(0)}: Apache refuses it with another message\n"
                f"  the page says:\n{_indent(expected, 4)}\n  what came:\n{_indent(message, 4)}"
            )
        elif answer["line"] is not None:
            offset = _offset(block, answer["line"])
            if not 0 <= offset < len(block.text.split("\n")):
                raise Failed(f"{block.at(0)}: Apache refuses another line than the block's\n{_indent(message)}")
            if block.emphasized and offset + 1 not in block.emphasized:
                raise Failed(
                    f"{_place(block, offset)}: Apache refuses this line, the page marks another\n{_indent(message)}"
                )
        return "parsed"

    def _config_test(self, block: Block, context: str) -> dict[str, Any]:
        try:
            return self.machine.ask(
                "check",
                text=block.text,
                context=context,
                name=block.listing or block.source,
                line=block.listing_line or block.line,
            )
        except Refused as refused:
            raise Failed(f"{block.at(0)}: cannot be config-tested: {refused}") from None

    def _unchecked(self, block: Block) -> str:
        if "unchecked" not in block.options:
            raise Failed(
                f"{block.at(0)}: nothing checks this block ({block.language}): give it a path as its caption, "
                "make it a transcript, or say why not with ':unchecked: the reason'"
            )
        if block.language == "apache" and self._config_test(block, block.options.get("context", "server"))["ok"]:
            raise Failed(f"{block.at(0)}: marked ':unchecked:', but Apache takes it: check it")
        return ""

    # -- Transcripts -------------------------------------------------------------------------

    def _transcript(self, block: Block) -> str:
        self._last = block
        terminal = int(block.options.get("terminal", 1))
        steps = parse(block.text, own_terminal="terminal" in block.options)
        logs: list[str] = []
        for n, step in enumerate(steps):
            last = n == len(steps) - 1
            expected = int(block.options["exit"]) if last and "exit" in block.options else 0
            logs += self._step(block, step, terminal, expected)
        self._check_logs(block, logs)
        self._settle()
        return "run"

    def _step(self, block: Block, step: Step, terminal: int, status: int) -> list[str]:
        """Type one command and compare what comes; return the serious lines Apache has logged."""
        limit = float(block.options.get("limit", SECONDS))
        if step.command is None:  # the shown lines are awaited here, the rest comes with the ^C
            answer = self._await(block, step, terminal, limit)
        elif step.command == INTERRUPT:
            if terminal not in self._running:
                raise Failed(f"{block.at(step.offset)}: ^C, but no command is running in this terminal")
            answer = self._ask(block, step, "interrupt", terminal=terminal, limit=limit)
            del self._running[terminal]
        else:
            if terminal in self._running:
                raise Failed(f"{block.at(step.offset)}: a command is still running in this terminal: end it with ^C")
            if self._prompts.get(terminal, "") + "$ " != step.prompt:
                raise Failed(
                    f"{block.at(step.offset)}: the page's prompt is {step.prompt!r}, "
                    f"the shell's is {self._prompts.get(terminal, '') + '$ '!r}"
                )
            answer = self._ask(
                block, step, "type", terminal=terminal, limit=limit,
                lines=step.command.split("\n"), stays=step.keeps_running,
            )  # fmt: skip
            if step.keeps_running:
                answer = self._await(block, step, terminal, limit, answer["listening"])
        self._take_notice(answer)
        came = rendered(base64.b64decode(answer["output"]))
        if answer.get("timeout"):
            raise Failed(f"{_command(block, step)}\n  no prompt after {limit:g} s; what came:\n{_indent(came, 4)}")
        if step.command is not None or step.shown:
            self._compare(block, step, came)
        if "status" in answer:
            self._prompts[terminal] = answer["prompt"]
            # A command that Ctrl-C ends has ended as it should, whether or not it says so.
            fits = (0, 130) if step.command == INTERRUPT and not status else (status,)
            if answer["status"] not in fits:
                raise Failed(
                    f"{_command(block, step)}\n  exit status {answer['status']}, the page says {status}; "
                    f"what came:\n{_indent(came, 4)}"
                )
        elif status:
            raise Failed(f"{_command(block, step)}\n  has not ended, the page says with exit status {status}")
        return list(answer["logs"])

    def _await(
        self, block: Block, step: Step, terminal: int, limit: float, listening: list[str] | None = None
    ) -> dict[str, Any]:
        """Wait until a running command has written the shown lines, or, with none shown, opened a port."""
        until = time.monotonic() + limit
        output, logs = b"", []
        while True:
            answer = self._ask(block, step, "read", terminal=terminal, limit=0.05, listening=listening or [])
            output += base64.b64decode(answer["output"])
            logs += answer["logs"]
            self._take_notice(answer)
            ended = "status" in answer
            if step.shown and step.compared:
                up = output.endswith(b"\n") and matches(step.shown, rendered(output))
            else:
                up = listening is None or answer["opened"]
            if ended or up or time.monotonic() > until:
                break
        if not ended:
            self._running[terminal] = (block, step)
            if not up:
                raise Failed(
                    f"{_command(block, step)}\n  not up after {limit:g} s: it has not written what the page shows"
                    f"{'' if step.shown else ', nor opened a port'}; what came:\n{_indent(rendered(output), 4)}"
                )
        return answer | {"output": base64.b64encode(output).decode(), "logs": logs}

    def _ask(self, block: Block, step: Step, what: str, **parameters: Any) -> dict[str, Any]:
        try:
            return self.machine.ask(what, **parameters)
        except Refused as refused:
            raise Failed(f"{_command(block, step)}\n  {refused}") from None

    def _compare(self, block: Block, step: Step, came: Sequence[str]) -> None:
        if matches(step.shown, came):
            return
        shown = _indent(step.shown, 4) if step.shown else "    (nothing)"
        raise Failed(
            f"{_command(block, step)}\n  the page shows:\n{shown}\n"
            f"  what came:\n{_indent(came, 4) if came else '    (nothing)'}"
        )

    # -- Logs and files ----------------------------------------------------------------------

    def _check_logs(self, block: Block, lines: list[str]) -> None:
        """Compare what Apache has logged with what the page announces."""
        announced = block.options.get("logs", "").split("\n") if "logs" in block.options else []
        until = time.monotonic() + SECONDS
        while any(not any(text in line for line in lines) for text in announced):
            if time.monotonic() > until:
                raise Failed(f"{block.at(0)}: the page says Apache logs {announced}, it logged:\n{_indent(lines, 4)}")
            answer = self.machine.ask("news")
            self._take_notice(answer)
            lines = lines + answer["logs"]
        for line in lines:
            if not any(text in line for text in announced):
                raise Failed(_unannounced(block, line))

    def _take_notice(self, answer: dict[str, Any]) -> None:
        """Mark the files that were used while a command ran."""
        for path in answer["read"]:
            if path in self._unread and not _is_site(self._unread[path]):
                self._used(self._unread.pop(path))
        if answer["restarted"]:
            loaded = self._settle()
            for path, block in list(self._unread.items()):
                if path in loaded and _is_site(block):
                    self._used(self._unread.pop(path))

    def _settle(self) -> list[str]:
        """Mark the configurations that Apache loads by now, and return all that it loads."""
        if not any(map(_is_site, self._unread.values())):
            return []
        try:
            loaded: list[str] = self.machine.ask("loaded")["files"]
        except Refused:  # no Apache yet
            return []
        for path in [path for path in self._unloaded if path in loaded]:
            block = self._unloaded.pop(path)
            self.verdicts[block.id] = replace(self.verdicts[block.id], checked="parsed")
        return loaded

    def _used(self, block: Block) -> None:
        self.verdicts[block.id] = replace(self.verdicts[block.id], checked="run")


def rendered(output: bytes) -> list[str]:
    """Return the lines that a terminal would show: apt and pip redraw theirs."""
    text = output.decode(errors="replace")
    lines = text.split("\n")
    if any(sign in text for sign in "\r\b\x1b") and len(lines) <= 5000:
        screen = pyte.Screen(500, len(lines))
        screen.set_mode(pyte.modes.LNM)  # a line feed alone begins a new line
        pyte.Stream(screen).feed(text)
        lines = list(screen.display)
    lines = ["".join(sign if sign.isprintable() else "\ufffd" for sign in line.expandtabs()) for line in lines]
    lines = [line.rstrip() for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _is_site(block: Block) -> bool:
    """Tell whether a file is configuration that Apache reads when it starts."""
    return block.language == "apache" and not str(block.path).endswith("/.htaccess")


def _unannounced(block: Block, line: str) -> str:
    return f"{block.at(0)}: Apache logged an error that the page does not announce (':logs: …')\n{_indent(line)}"


def _never_loaded(block: Block, path: str) -> str:
    return f"{block.at(0)}: {path} is not among the files that Apache loads by the end of the page"


def _place(block: Block, offset: int) -> str:
    """Name a line of a block, or of the listing it shows, by file and line."""
    if block.listing and block.listing_line:
        return f"{block.at(0)}: {block.listing}:{block.listing_line + offset}"
    return block.at(offset)


def _offset(block: Block, line: int | None) -> int:
    return 0 if line is None else line - (block.listing_line or block.line)


def _command(block: Block, step: Step) -> str:
    """Head a failure with the command's file and line, and the command."""
    return f"{block.at(step.offset)}: $ {step.command or 'the running command'}"


def _indent(lines: str | Sequence[str], width: int = 2) -> str:
    """Indent what is quoted in a message, shortened where it is long."""
    lines = lines.split("\n") if isinstance(lines, str) else list(lines)
    if len(lines) > 60:
        lines = [*lines[:40], f"[{len(lines) - 60} lines]", *lines[-20:]]
    return "\n".join(" " * width + line for line in lines)

