"""A page's blocks: what is done with each, as its reader would. In one piece: it is one state machine."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, replace
from typing import Any

from lab.agent.limits import SLOW
from lab.machine import Machine, Refused
from runner import examined, fragments
from runner.access import too_wide
from runner.screen import Screen, rendered
from runner.told import announced, command, indent, is_site, never_loaded, place, quoted
from runner.verdict import Difference, Failed, Verdict
from snippets.manifest import Block
from snippets.transcript import INTERRUPT, LIMIT, Step, TranscriptError, matches

SECONDS = LIMIT * SLOW
LONGEST = 15 * 60 * SLOW  # seconds that all commands of a page may take
KEPT = 1 << 20  # bytes of output that a running command may write until it is up


@dataclass
class Terminal:
    """A terminal as the page knows it: the prompt it shows, who typed last, what keeps running."""

    block: Block
    prompt: str = ""
    running: Step | None = None


class Course:
    """What has happened on a machine so far: the state that a page's blocks share.

    A listing counts as ``run`` once something has used it: a configuration when Apache has
    (re)started with it, any other file when a command or server has read it.
    """

    def __init__(self, machine: Machine, differences: list[Difference] | None = None) -> None:
        """Begin on a fresh machine.

        :param differences: takes each output that is not what the page shows, which then fails nothing
        """
        self.machine, self.differences = machine, differences
        self.verdicts: dict[str, Verdict] = {}
        #: Seconds in which a reader would wait too: what commands take beyond the first.
        self.waited = 0.0
        self._terminals: dict[int, Terminal] = {}
        self._written: dict[str, Block] = {}  # by path
        self._unused: set[str] = set()
        self._unloaded: set[str] = set()  # configurations that Apache has not loaded yet
        self._logged: list[str] = []  # lines that no block answers for yet
        self._announced: list[str] = []  # what the last transcript says Apache logs
        self._last: Block | None = None  # the last that did something to the machine
        self._left: float = LONGEST  # seconds
        self._until = 0.0  # the end of them, while a block runs

    # -- One block ---------------------------------------------------------------------------

    def run(self, block: Block) -> None:
        """Do with a block what its reader would.

        :raises Failed: it is not as the page says
        :raises MachineError: the machine is gone
        """
        started = time.monotonic()
        self._until = started + self._left
        checked = {
            "file": self._file,
            "fragment": self._fragment,
            "transcript": self._transcript,
            "unchecked": self._unchecked,
        }[block.role](block)
        self._left = self._until - time.monotonic()
        outcome = "exempt" if block.role == "unchecked" else "passed"
        self.verdicts[block.id] = Verdict(outcome, checked, seconds=time.monotonic() - started)

    def finish(self) -> None:
        """Settle what only the end of a page can tell.

        A configuration that Apache never loads or does not take, a command that still runs, output
        after the last prompt, a late line in a log and what the doctor finds each fail their block.

        :raises MachineError: the machine is gone
        """
        for number, terminal in self._terminals.items():
            if problem := self._left_over(number, terminal):
                self._fail(terminal.block, problem)
        self._late_logs()
        # What a page leaves behind is right, or its last block says what isn't.
        last = self._last
        if last and "doctor" not in last.options and (found := examined.problem(self._ask, last)):
            self._fail(last, found)
        if not any(map(is_site, self._written.values())):
            return
        answer = self._settle()
        for path in self._unloaded:
            self._fail(self._written[path], never_loaded(self._written[path]))
        if not answer["ok"]:
            sites = {path: block for path, block in self._written.items() if is_site(block)}
            named = [block for path, block in sites.items() if path in answer["message"]]
            block = (named or list(sites.values()))[-1]
            said = f"Apache refuses its configuration at the end of the page\n{indent(answer['message'])}"
            self._fail(block, f"{block.at(0)}: {said}")

    def _file(self, block: Block) -> str:
        assert block.path is not None
        if is_site(block) and (wide := too_wide(block.text)):
            raise Failed(f"{place(block, wide[0])}: {wide[1]}")
        self._late_logs()  # a reload that is under way reads what stands there now
        text = block.text.rstrip("\n") + "\n"
        try:
            before = None if block.replaces is None else block.replaces.rstrip("\n") + "\n"
            answer = self._ask("write", path=block.path, text=text, language=block.language, replaces=before)
        except Refused as refused:
            raise Failed(f"{block.at(0)}: cannot write the file: {refused}") from None
        path = answer["path"]
        # What a change puts right may be what Apache does not load.
        if path in self._unloaded and block.replaces is None:
            self._fail(self._written[path], never_loaded(self._written[path]))
        self._written[path] = self._last = block
        self._unused.add(path)
        if is_site(block):
            self._unloaded.add(path)
        if answer["message"]:
            raise Failed(f"{place(block, (answer['line'] or 1) - 1)}: {answer['message']}")
        return str(answer["checked"])

    def _fragment(self, block: Block) -> str:
        return fragments.check(self._ask, block)

    def _unchecked(self, block: Block) -> str:
        return fragments.excuse(self._ask, block)

    def _fail(self, block: Block, message: str) -> None:
        self.verdicts[block.id] = Verdict("failed", "", message)

    # -- Transcripts -------------------------------------------------------------------------

    def _transcript(self, block: Block) -> str:
        try:
            steps = block.steps()
        except TranscriptError as error:
            raise Failed(f"{block.at(error.offset)}: {error}") from None
        self._late_logs()
        examined.fetched(self._ask, block)
        self._last, self._announced = block, announced(block)
        number = int(block.options.get("terminal", 1))
        for n, step in enumerate(steps, 1):
            terminal = self._terminals.setdefault(number, Terminal(block))
            status = int(block.options.get("exit", 0)) if n == len(steps) else 0
            try:
                self._step(block, step, number, terminal, status)
            except Failed as failed:
                self._ask("news")
                raise Failed(
                    f"{failed}\n  Apache logged:\n{quoted(self._logged)}" if self._logged else failed
                ) from None
            terminal.block = block
        self._check_logs(block)
        if self._unloaded:
            self._settle()
        if "doctor" in block.options and (found := examined.problem(self._ask, block)):
            raise Failed(found)
        return "run"

    def _step(self, block: Block, step: Step, number: int, terminal: Terminal, status: int) -> None:
        """Do one step and compare what comes."""
        own = float(block.options["limit"]) * SLOW if "limit" in block.options else SECONDS
        limit = min(own, max(0.0, self._until - time.monotonic()))
        if step.command in (None, INTERRUPT):
            if terminal.running is None:
                what = "^C" if step.command else "output"
                raise Failed(f"{block.at(step.offset)}: {what}, but no command is running in this terminal")
        elif terminal.running is not None and (problem := self._left_over(number, terminal)):
            raise Failed(f"{block.at(step.offset)}: the terminal is not free: {problem}")
        elif terminal.prompt + "$ " != step.prompt:
            shells = terminal.prompt + "$ "
            raise Failed(f"{block.at(step.offset)}: the page's prompt is {step.prompt!r}, the shell's is {shells!r}")
        if step.command is None:  # the shown lines are awaited here, the rest comes with the ^C
            answer = self._await(step, number, limit)
        elif step.command == INTERRUPT:
            answer = self._ask("interrupt", terminal=number, limit=limit)
        else:
            lines = step.command.split("\n")
            typed = time.monotonic()
            answer = self._ask("type", terminal=number, limit=limit, lines=lines, stays=step.keeps_running)
            self.waited += max(0.0, time.monotonic() - typed - 1)
            if step.keeps_running and "broken" not in answer:
                answer = self._await(step, number, limit)
        came = rendered(base64.b64decode(answer["output"]))
        if step.command == INTERRUPT and came and not came[0]:
            came = came[1:]  # it ends the line on which a reader sees ^C
        if "broken" in answer:
            over = time.monotonic() >= self._until
            why = f"the page's commands have taken {LONGEST:g} s in total" if over else answer["broken"]
            raise Failed(f"{command(block, step)}\n  {why}; what came back:\n{quoted(came)}")
        if not matches(step.shown, came) and self.differences is not None:
            self.differences.append((block, step, came))
        elif not matches(step.shown, came):
            shown, said = quoted(step.shown), quoted(came)
            raise Failed(f"{command(block, step)}\n  the page shows:\n{shown}\n  what came back:\n{said}")
        if "status" not in answer:
            terminal.running = terminal.running or step
            if status:
                raise Failed(f"{command(block, step)}\n  has not ended, but the page says exit status {status}")
            return
        terminal.running, terminal.prompt = None, answer["prompt"]
        # A command that Ctrl-C ends has ended as it should, whether or not it says so.
        fits = (0, 130) if step.command == INTERRUPT and not status else (status,)
        if answer["status"] not in fits:
            raise Failed(
                f"{command(block, step)}\n  exit status {answer['status']}, but the page says {status}; "
                f"what came back:\n{quoted(came)}"
            )

    def _await(self, step: Step, number: int, limit: float) -> dict[str, Any]:
        """Wait until a running command has written the shown lines or, with none to compare, opened a port."""
        until = time.monotonic() + limit
        screen, output, drawn = Screen(), bytearray(), 0
        while True:
            answer = self._ask("read", terminal=number, limit=0.02)
            came = base64.b64decode(answer["output"])
            output += came
            if step.shown and step.compared:
                up = False
                if came and output.endswith(b"\n"):
                    screen.feed(output[drawn:])  # what is new: a server may write much before it is up
                    drawn = len(output)
                    up = matches(step.shown, screen.lines())
            else:
                up = step.command is None or answer["opened"]
            if len(output) > KEPT and not up:
                answer["broken"] = f"more than {KEPT >> 20} MiB of output"
            elif time.monotonic() > until and not up:
                port = "" if step.shown else ", nor opened a port"
                answer["broken"] = f"not up after {limit:g} s: it has not written what the page shows{port}"
            if up or "status" in answer or "broken" in answer:
                return answer | {"output": base64.b64encode(output).decode()}

    def _left_over(self, number: int, terminal: Terminal) -> str:
        """Say what is wrong with how a terminal was left: a command still runs, or more has come; or nothing.

        A command that the page lets run may have ended by itself. That shows only now.
        """
        answer = self._ask("read", terminal=number, limit=0.5 if terminal.running else 0.01)
        came, step = rendered(base64.b64decode(answer["output"])), terminal.running
        if step is None:
            what = f"{terminal.block.at(0)}: more output after the last prompt of its terminal" if came else ""
        elif "broken" in answer:
            what = f"{command(terminal.block, step)}\n  {answer['broken']}"
        elif "status" not in answer:
            return f"{command(terminal.block, step)}\n  is still running: end it with ^C"
        else:
            terminal.running, terminal.prompt = None, answer["prompt"]
            ended = f"{command(terminal.block, step)}\n  has ended with exit status {answer['status']}"
            what = ended if came or answer["status"] else ""
        return f"{what}; what came back:\n{quoted(came)}" if what else ""

    # -- What happens besides ----------------------------------------------------------------

    def _ask(self, what: str, **parameters: Any) -> dict[str, Any]:
        """Ask the agent, and take notice of what has happened on the machine since the last answer."""
        answer = self.machine.ask(what, **parameters)
        self._logged += answer.get("logs", ())
        for path in self._unused.intersection(answer.get("read", ())):
            if not is_site(self._written[path]):
                self._used(path)
        if answer.get("started") and any(is_site(self._written[path]) for path in self._unused):
            for path in self._unused.intersection(self._settle()["files"]):
                if is_site(self._written[path]):
                    self._used(path)
        return answer

    def _used(self, path: str) -> None:
        self._unused.discard(path)
        block = self._written[path]
        if block.id in self.verdicts:
            self.verdicts[block.id] = replace(self.verdicts[block.id], checked="run")

    def _settle(self) -> dict[str, Any]:
        """Mark the configurations that Apache loads by now; return what it loads and says."""
        try:
            answer = self.machine.ask("loaded")
        except Refused as refused:
            return {"ok": True, "message": str(refused), "files": []}
        for path in self._unloaded.intersection(answer["files"]):
            self._unloaded.discard(path)
            block = self._written[path]
            self.verdicts[block.id] = replace(self.verdicts[block.id], checked="parsed")
        return answer

    def _check_logs(self, block: Block) -> None:
        """Compare what Apache has logged with what the page announces, which may come a little later."""
        until = time.monotonic() + SECONDS
        while missing := [text for text in self._announced if not any(text in line for line in self._logged)]:
            if time.monotonic() > until:
                raise Failed(
                    f"{block.at(0)}: the page says that Apache logs an error, but Apache did not log it\n"
                    f"  the page says:\n{quoted(missing)}\n  Apache logged:\n{quoted(self._logged)}"
                )
            time.sleep(0.005)
            self._ask("news")
        if message := self._unannounced(block):
            raise Failed(message)

    def _late_logs(self) -> None:
        """Fail the last block for what Apache has logged since it was compared."""
        self._ask("news")
        if self._last and (message := self._unannounced(self._last)):
            self._fail(self._last, message)

    def _unannounced(self, block: Block) -> str:
        """Take the logged lines, and say which of them a block should have announced; or nothing.

        What the last transcript announced may come again while a file is written, which can announce nothing.
        """
        lines, self._logged = self._logged, []
        lines = [line for line in lines if not any(text in line for text in self._announced)]
        if not lines:
            return ""
        return f"{block.at(0)}: Apache logged an error that the page does not expect (':logs: …')\n{indent(lines)}"
