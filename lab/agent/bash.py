"""What an interactive bash is at, whatever has been typed to it."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lab.agent import Failure
from lab.agent.processes import as_owner

AT_ENTRY, DYNSYM = 9, 11  # where a program begins, by getauxval(3); the section of its symbols, by elf(5)


class OutOfStep(Exception):
    """A terminal is of no more use; the message says why."""


class Prompt(NamedTuple):
    """A shell that waits: for a command, or, with no ``status``, for more lines of one."""

    before: str  # what a virtual environment puts before the prompt
    status: int | None


class Bash:
    """What an interactive bash is at, as the kernel and its own memory have it.

    A command can write what looks like a prompt, change the real one, read what is typed in the shell's place, or play
    a shell in the shell. These variables it cannot change: no word of bash's language names them, and their memory is
    gone when the process becomes another program. Only what writes there, as a debugger does, can.

    :raises Failure: nobody may look, or there is nothing to see
    """

    VARIABLES = (
        "executing", "parse_and_execute_level",  # both 0 where it reads commands, but for a trap or a PROMPT_COMMAND
        "current_command_line_count",  # lines of a command that is not complete
        "line_number", "current_command_number",
        "last_command_exit_value",
    )  # fmt: skip

    def __init__(self, process: int, terminal: str) -> None:
        self.folder, self.terminal = Path(f"/proc/{process}"), terminal
        self.typed, self.counted, self.counted_before = b"", list[int](), list[int]()
        try:
            with as_owner(self.folder.stat()):
                program = (self.folder / "exe").readlink()
                auxiliary = dict(struct.iter_unpack("NN", (self.folder / "auxv").read_bytes()))
                self.memory = (self.folder / "mem").open("rb", buffering=0)
                self._asleep()
            self.places = [auxiliary[AT_ENTRY] + place for place in _places(program, self.VARIABLES)]
        except (OSError, LookupError, StopIteration, struct.error) as error:
            raise Failure(f"the agent cannot look into the reader's shell: {error!r}") from None

    def type(self, line: bytes) -> None:
        """Take note of what is typed to it now."""
        self.typed, self.counted_before = line, self.counted

    def waits(self) -> Prompt | None:
        """Return the prompt at which it waits, with what was typed read and done; nothing if it is not there.

        :raises OutOfStep: it has ended, or has become another program, or uses another terminal
        """
        try:
            if not self._at():
                return None
            with as_owner(self.folder.stat()):
                asleep = self._asleep()
                at = self._at()
                _, file, buffer, size, *_ = (int(word, 0) for word in asleep[0].split())
                if not at or file or not size:
                    return None
                start = max(0, len(self.typed) - 1) // size * size  # it reads a long line in parts
                read = self._read(buffer, len(self.typed) - start)
                files = {str((self.folder / "fd" / each).readlink()) for each in "012"}
                if read != self.typed[start:] or self._asleep() != asleep:
                    return None
        except (FileNotFoundError, ProcessLookupError):
            raise OutOfStep("the shell of this terminal has ended") from None
        except (OSError, ValueError):  # it runs, or sleeps elsewhere
            return None
        if files != {self.terminal}:
            raise OutOfStep(f"the shell uses not only its terminal, but {', '.join(sorted(files - {self.terminal}))}")
        self.counted, status = at
        return Prompt("", None if self.counted[0] else status)

    def close(self) -> None:
        """Look no more."""
        self.memory.close()

    def _at(self) -> tuple[list[int], int] | None:
        """Return what it has counted, and the last status, where it may be waiting, with what was typed read."""
        executing, nested, *counted, status = (int.from_bytes(self._read(at, 4), "little") for at in self.places)
        return None if executing or nested or counted == self.counted_before else (counted, status)

    def _asleep(self) -> tuple[str, str]:
        """Return in which call it sleeps, and how often it has gone to sleep: as long as both stay it does nothing."""
        slept = re.search(r"\nvoluntary_ctxt_switches:\s*(\d+)", (self.folder / "status").read_text())
        return (self.folder / "syscall").read_text(), slept[1] if slept else ""

    def _read(self, at: int, size: int) -> bytes:
        """Read its memory.

        :raises OutOfStep: it has none any more
        """
        data = os.pread(self.memory.fileno(), size, at)
        if size and not data:
            raise OutOfStep("the shell of this terminal has ended")
        return data


def _places(program: Path, variables: Sequence[str]) -> list[int]:
    """Return how far from where it begins an ELF program has these variables.

    :raises StopIteration, KeyError: it does not name them
    """
    data = program.read_bytes()
    entry, _, sections, _, count = struct.unpack_from("QQQ12sH", data, 24)
    headers = [struct.unpack_from("IIQQQQIIQQ", data, sections + 64 * number) for number in range(count)]
    symbols = next(header for header in headers if header[1] == DYNSYM)
    names, found = headers[symbols[6]][4], {}
    wanted = tuple(f"{variable}\0".encode() for variable in variables)
    for name, _, _, _, place, _ in struct.iter_unpack("IBBHQQ", data[symbols[4] : symbols[4] + symbols[5]]):
        if data.startswith(wanted, names + name):
            found[data[names + name : data.index(b"\0", names + name)].decode()] = place - entry
    return [found[variable] for variable in variables]
