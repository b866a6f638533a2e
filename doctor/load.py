"""What Apache has of its files: includes followed, conditions decided, variables replaced. And its own dump of that."""

from __future__ import annotations

import fnmatch
import os
import re
from typing import Callable, Iterable

from doctor.text import read
from doctor.tree import Directive, Place, root, words

VARIABLE = re.compile(r"\$\{([^}]+)\}")
FILES = 2000  # that one configuration may include, and
DEPTH = 32  # one inside the other: Apache itself ends at 128
SIZE = 8 << 20  # bytes that are read of one file


class Loaded:
    """A configuration, and what was met on the way to it."""

    def __init__(self) -> None:
        self.tree = root()
        self.files: list[str] = []
        self.unclosed: list[tuple[Place, str]] = []  # sections
        self.left_out: list[tuple[Place, str]] = []  # files


class Loader:
    """Reads files as Apache does when it starts.

    :param version: of Apache, for ``<IfVersion>``
    :param variables: what the environment has; ``Define`` adds to it
    """

    def __init__(
        self,
        base: str = "/etc/apache2",
        variables: dict[str, str] | None = None,
        modules: Iterable[str] = (),
        version: tuple[int, ...] = (2, 4, 65),
    ) -> None:
        self.base, self.variables, self.version = base, dict(variables or {}), version
        self.modules: set[str] = set(modules)
        self.loaded_modules: set[str] = set()  # by the text that was read
        self.defined: set[str] = set()
        self.loaded = Loaded()
        self._inside: list[str] = []  # the files that are being read, each included by the one before

    def file(self, path: str, into: Directive | None = None, depth: int = 0) -> None:
        """Add a file to the tree."""
        if path in self._inside or depth > DEPTH or len(self.loaded.files) >= FILES:
            why = "it includes itself" if path in self._inside else "there are too many"
            self.loaded.left_out.append((Place(path, 0), f"this file was left out: {why}"))
            return
        if path not in self.loaded.files:
            self.loaded.files.append(path)
        try:
            said = text_of(path)
        except OSError as error:
            self.loaded.left_out.append((Place(path, 0), f"this file can't be read: {error.strerror}"))
            return
        self._inside.append(path)
        self.text(said, path, into, depth)
        self._inside.pop()

    def text(self, said: str, path: str, into: Directive | None = None, depth: int = 0) -> None:
        """Add a file's text to the tree."""
        self._take(read(said, path, self.loaded.unclosed).children, into or self.loaded.tree, depth)

    def _take(self, directives: list[Directive], into: Directive, depth: int) -> None:
        for directive in directives:
            key = directive.key
            rest = directive.rest if key == "undefine" else self._replaced(directive.rest)
            if key in ("include", "includeoptional"):
                for path in self._matching(words(rest)[0]) if words(rest) else ():
                    self.file(path, into, depth + 1)
            elif directive.section and key in CONDITIONS:
                counts = CONDITIONS[key](self, rest)
                if counts:
                    self._take(directive.children, into, depth)
            else:
                self._remember(key, words(rest))
                copy = Directive(directive.name, rest, directive.place, into, directive.section)
                into.children.append(copy)
                self._take(directive.children, copy, depth)

    def _remember(self, key: str, arguments: list[str]) -> None:
        if key == "loadmodule" and arguments:
            self.modules.add(arguments[0])
            self.loaded_modules.add(arguments[0])
            if len(arguments) > 1:
                self.modules.add(re.sub(r"\.so$", ".c", os.path.basename(arguments[1])))
        elif key == "define" and arguments:
            self.defined.add(arguments[0])
            if len(arguments) > 1:
                self.variables[arguments[0]] = arguments[1]
        elif key == "undefine" and arguments:
            self.defined.discard(arguments[0])
            self.variables.pop(arguments[0], None)
        elif key == "serverroot" and arguments:
            self.base = arguments[0]

    def _replaced(self, text: str) -> str:
        return VARIABLE.sub(lambda found: self.variables.get(found[1], found[0]), text)

    def _matching(self, pattern: str) -> list[str]:
        """Return the files that an ``Include`` names: a pattern's in order of their names, a directory's all."""
        path = os.path.join(self.base, pattern)
        if not any(letter in path for letter in "*?["):
            if os.path.isdir(path):
                return sorted(os.path.join(at, name) for at, _, names in os.walk(path) for name in names)[:FILES]
            return [path] if os.path.exists(path) else []
        found = ["/"]
        for part in path.split("/")[1:]:
            here = []
            for folder in found:
                if not any(letter in part for letter in "*?["):
                    here.append(os.path.join(folder, part))
                    continue
                try:
                    here += sorted(os.path.join(folder, n) for n in os.listdir(folder) if fnmatch.fnmatchcase(n, part))
                except OSError:
                    continue
            found = here[:FILES]
        return [path for path in found if os.path.exists(path)]

    # -- Conditions --------------------------------------------------------------------------

    def _if_module(self, rest: str) -> bool:
        return self._unless(rest, lambda name: name in self.modules)

    def _if_define(self, rest: str) -> bool:
        return self._unless(rest, lambda name: name in self.defined)

    def _if_file(self, rest: str) -> bool:
        return self._unless(rest, lambda name: os.path.exists(os.path.join(self.base, name)))

    def _if_version(self, rest: str) -> bool:
        said = words(rest)
        operator, wanted = (said[0], said[1]) if len(said) > 1 else ("=", (said or ["0"])[0])
        negated, operator = operator.startswith("!"), operator.lstrip("!")
        try:
            numbers = tuple(map(int, wanted.split(".")))
        except ValueError:
            return False
        here = self.version[: len(numbers)] if operator in ("=", "==") else ((*self.version, 0, 0))[:3]
        numbers = numbers if operator in ("=", "==") else ((*numbers, 0, 0))[:3]
        found = {
            "=": here == numbers, "==": here == numbers, ">": here > numbers, ">=": here >= numbers,
            "<": here < numbers, "<=": here <= numbers,
        }.get(operator, False)  # fmt: skip
        return found != negated

    def _unless(self, rest: str, holds: Callable[[str], bool]) -> bool:
        name = (words(rest) or [""])[0]
        return not holds(name[1:]) if name.startswith("!") else holds(name)


CONDITIONS: dict[str, Callable[[Loader, str], bool]] = {
    "ifmodule": Loader._if_module, "ifdefine": Loader._if_define, "iffile": Loader._if_file,
    "ifversion": Loader._if_version, "ifdirective": lambda _, rest: not rest.startswith("!"),
    "ifsection": lambda _, rest: not rest.startswith("!"),
}  # fmt: skip


def text_of(path: str) -> str:
    """Return a file's text, whatever its encoding.

    :raises OSError: it can't be read
    """
    if not os.path.isfile(path):  # a pipe or a device may never end
        raise OSError(0, "it is no file")
    with open(path, "rb") as file:
        said = file.read(SIZE)
    if b"\0" in said[:4096]:
        raise OSError(0, "it is no text, or in UTF-16, which Apache doesn't read either")
    return said.decode("utf-8", "replace")


IN_FILE = re.compile(r"# In file: (.*)$")
ON_LINE = re.compile(r"\s*#\s*(\d+):$")


def dumped(said: str) -> Directive:
    """Return the tree that ``apache2 -t -D DUMP_CONFIG`` prints.

    Before each directive stands its line, and before the first of a file the file.
    """
    top = root()
    here, file, number = top, "", 0
    for line in said.split("\n"):
        in_file, on_line = IN_FILE.match(line.strip()), ON_LINE.match(line)
        if in_file:
            file = in_file[1]
        elif on_line:
            number = int(on_line[1])
        elif line.strip():
            for directive in read_open(line.strip(), Place(file, number), here):
                here = directive
    return top


def read_open(line: str, place: Place, here: Directive) -> list[Directive]:
    """Put one line of a dump where it belongs; return where the next one belongs, if that is elsewhere."""
    if line.startswith("</"):
        return [here.parent] if here.parent else []
    opens = line.startswith("<") and line.endswith(">")
    name, _, rest = (line[1:-1] if opens else line).partition(" ")
    directive = Directive(name, rest.strip(), place, here, opens)
    here.children.append(directive)
    return [directive] if opens else []


#: What Apache does while it reads, and doesn't print afterwards.
NOT_PRINTED = ("loadmodule", "loadfile", "define", "undefine", "defaultruntimedir", "serverroot", "error")


def differs(printed: Directive, own: Directive) -> str:
    """Return where two trees of one configuration part; nothing if they don't.

    :param printed: what Apache prints
    :param own: what a :class:`Loader` has read
    """
    ours = [one for one in own.children if one.key not in NOT_PRINTED]
    for one, other in zip(printed.children, ours):
        if (one.key, one.arguments, one.section) != (other.key, other.arguments, other.section):
            return f"{one.place}: {one!r} is read as {other!r}"
        if one.place != other.place:
            return f"{one.place}: {one.name} is read at {other.place}"
        below = differs(one, other)
        if below:
            return below
    if len(printed.children) != len(ours):
        more = [*printed.children[len(ours) :], *ours[len(printed.children) :]][0]
        return f"{more.place}: {more!r} is read only once"
    return ""
