"""A screen: what a terminal shows of what a command has written. apt, pip and curl redraw their lines.

It knows what such tools use: carriage return, backspace, tab, line feed, and of the CSI sequences those that move the
cursor (A B C D G H) and erase (J K). Colours, titles and whatever else a terminal obeys are dropped, and a character
takes one column. Whatever comes is drawn in one pass, in time and room that grow with its size: nothing in it can hold
up who looks at it.

``_ext/inbrowser/static/inbrowser/compare.js`` does the same in the reader's browser, but for what moves up and down;
``tests/data/screen.json`` has the cases on which both are tried.
"""

from __future__ import annotations

import re

COLUMNS, ROWS = 100, 50  # where the cursor can be sent, as on the agent's terminals; lines may be longer and are more
WIDTH = 4000  # columns of a line that are kept
CUT = " [a longer line]"
MOST = 1 << 21  # bytes that are drawn: twice as many as the agent passes on
MORE = "[more output, which is not drawn]"

_TOKEN = re.compile(
    r"(?P<text>[^\0-\x1f\x7f]+)"
    r"|\x1b\[(?P<number>[0-9]*)(?P<second>;[0-9]*)?(?P<does>[ABCDGHJK])"
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"  # another sequence, or the beginning of one
    r"|\x1b[]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # a title and the like
    r"|\x1b[ -/]*[0-~]?"
    r"|(?P<control>[\0-\x1f\x7f])"
)


class Screen:
    """Takes output piece by piece, each of whole lines, and keeps what scrolls away at the top."""

    def __init__(self) -> None:
        self._gone: list[str] = []  # lines that nothing can change any more
        self._rows = [""]
        self._row = self._column = 0
        self._room = MOST

    def feed(self, output: bytes | bytearray) -> None:
        """Draw more output."""
        text = output[: self._room].decode(errors="replace")
        self._room -= len(output)
        for token in _TOKEN.finditer(text):
            match token.lastgroup:
                case "text":
                    self._write(token[0])
                case "control":
                    self._control(token[0])
                case "does":
                    self._do(token["does"], _number(token["number"]), _number((token["second"] or "")[1:]))

    def lines(self) -> list[str]:
        """Return the lines that it shows, without what is blank at their ends and at its own."""
        lines = [*self._gone, *map(_shown, self._rows)]
        while lines and not lines[-1]:
            lines.pop()
        return [*lines, MORE] if self._room < 0 else lines

    def _write(self, text: str) -> None:
        row = self._rows[self._row]
        end = self._column + len(text)
        if self._column > len(row):
            row = row.ljust(self._column)
        # One column more than is kept tells that there was more.
        self._rows[self._row] = (row[: self._column] + text + row[end:])[: WIDTH + 1]
        self._column = min(end, WIDTH + 1)

    def _control(self, control: str) -> None:
        if control == "\n":
            self._move(self._row + 1, 0)
        elif control == "\r":
            self._column = 0
        elif control == "\b":
            self._column = max(self._column - 1, 0)
        elif control == "\t":
            self._column = min(self._column // 8 * 8 + 8, WIDTH + 1)

    def _do(self, what: str, number: int, second: int) -> None:
        steps = max(number, 1)
        match what, number:
            case "A", _:
                self._row = max(self._row - steps, 0)
            case "B", _:
                self._move(min(self._row + steps, ROWS - 1), self._column)
            case "C", _:
                self._column = max(self._column, min(self._column + steps, COLUMNS - 1))
            case "D", _:
                self._column = max(self._column - steps, 0)
            case "G", _:
                self._column = min(steps, COLUMNS) - 1
            case "H", _:
                self._move(min(steps, ROWS) - 1, min(max(second, 1), COLUMNS) - 1)
            case "J", 2:
                self._rows = [""] * len(self._rows)
            case "K", 2:
                self._rows[self._row] = ""
            case "J" | "K", 0:  # from the cursor on
                self._rows[self._row] = self._rows[self._row][: self._column]
                if what == "J":
                    del self._rows[self._row + 1 :]

    def _move(self, row: int, column: int) -> None:
        """Go to a place, which may be below all that was written: the screen scrolls at its end."""
        while row >= len(self._rows):
            self._rows.append("")
        if row == ROWS:
            self._gone.append(_shown(self._rows.pop(0)))
            row -= 1
        self._row, self._column = row, column


def rendered(output: bytes) -> list[str]:
    """Return the lines that a terminal would show."""
    screen = Screen()
    screen.feed(output)
    return screen.lines()


def printable(text: str) -> str:
    """Return a text with a mark for each character that is none to look at."""
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _shown(row: str) -> str:
    line = printable(row[:WIDTH]).rstrip()
    return line + CUT if len(row) > WIDTH else line


def _number(digits: str) -> int:
    return int(digits.lstrip("0")[:6] or 0)
