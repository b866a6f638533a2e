"""``make record``, the first half: what each lab's mod_wsgi says of its directives and options.

``python -m tools.record.modules`` asks the modules themselves and writes ``snippets/recorded/reference.json``, from
which the pages under ``tutorial/reference`` are built. What is tried stands in ``trials.toml``.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lab import image
from lab.engine import Engine
from lab.errors import UserError
from lab.machine import AGENT_DIGEST, Machine, MachineError
from project import ROOT
from reference.merge import TAKEN, merged
from runner.versions import versions
from tools import cli

TRIALS = Path(__file__).parent / "trials.toml"
RECORDED = ROOT / "snippets/recorded/reference.json"
#: Where a directive is tried, as httpd names these places.
CONTEXTS = ("server", "vhost", "directory")
#: What a machine needs that has nothing yet. Without a ServerName each answer would begin with a warning.
INSTALL = (
    "command -v /usr/sbin/apache2 curl || sudo apt-get install -y apache2 libapache2-mod-wsgi-py3 curl > /dev/null",
    "echo ServerName localhost | sudo tee /etc/apache2/conf-enabled/servername.conf",
)
#: Where the `.htaccess` files are tried: only a request makes httpd read one.
SITE = "/var/www/html/reference"
OPEN = f"<Directory {SITE}>\n    AllowOverride All\n</Directory>\n"
UNKNOWN = "Invalid option to WSGI daemon process definition."
#: Where a message is said to come from: of this run, not of the text.
PLACE = r"^(AH00526: |apache2: )?(Syntax error on line \d+ of \S+:\s*)+([\w.]+:\d+: )?"
#: A directive in what ``apachectl -L`` says.
LISTED = re.compile(r"^<?(\w+) \(mod_wsgi\.c\)\n\t(.*)\n((?:\t.*\n?)+)", re.MULTILINE)
#: Two options that exclude each other: to try all options at once, one of them is left out.
EITHER = "script-group"


class TrialsError(UserError):
    """What is tried does not fit what there is; the message says what to do."""


class Trials:
    """What is tried: arguments by directive, values by option, and mistakes by name.

    :raises TrialsError: the file is not of its form
    """

    def __init__(self, path: Path = TRIALS) -> None:
        try:
            read = tomllib.loads(path.read_text())
            self.directives = {name: _values(given, read["kinds"]) for name, given in read["directives"].items()}
            self.options = {name: _values(given, read["kinds"]) for name, given in read["options"].items()}
            self.mistakes = {name: str(text).strip("\n") for name, text in read["mistakes"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrialsError(f"{path.name}: {error!r}") from error


def _values(given: str | list[str], kinds: Mapping[str, list[str]]) -> list[str]:
    return [str(value) for value in (kinds[given] if isinstance(given, str) else given)]


class Recorder:
    """Asks the module on one machine.

    :raises MachineError: the machine is gone, or has no Apache
    """

    def __init__(self, machine: Machine, trials: Trials) -> None:
        self.machine, self.trials = machine, trials
        for command in INSTALL:
            self.machine.type(command, 300)
        listed = self.machine.type("sudo apachectl -L")
        #: What the module says of each directive: what it is, and where it is allowed.
        self.listed = {
            name: {"help": " ".join(what.split()), "allowed": " ".join(where.split())}
            for name, what, where in LISTED.findall(listed)
        }
        if not self.listed:
            raise MachineError(f"apachectl -L lists no directive of mod_wsgi: {listed[:500]}")

    def record(self) -> dict[str, Any]:
        """Return all that there is to say.

        :raises TrialsError: the module has a directive that is not tried
        """
        if missing := self.listed.keys() - self.trials.directives.keys():
            raise TrialsError(f"{TRIALS.name}: mod_wsgi has {', '.join(sorted(missing))}: say what to try")
        options = {name: self._option(name, values) for name, values in self.trials.options.items()}
        known = {name: found for name, found in options.items() if found is not None}
        return {
            "directives": self._directives(),
            "options": known,
            "all options in a vhost": self.said(self._all(known), "vhost"),
            "mistakes": {name: {"text": text, "said": self.said(text)} for name, text in self.trials.mistakes.items()},
        }

    def said(self, text: str, context: str = "server") -> str:
        """Return what the config test says of a text, without what tells only of this run; ``TAKEN`` at its end."""
        answer = self.machine.ask("check", text=text, context=context, name="reference.conf", line=1)
        lines = answer["message"].replace("Syntax OK", "").split("\n")
        lines = [re.sub(r"^\[[^]]*\] (\[[\w:]+\] )\[pid [^]]*\] ", r"\1", line).strip() for line in lines]
        lines = [re.sub(PLACE, "", line) for line in lines]
        lines = [line for line in lines if line]
        return "\n".join([*lines, TAKEN] if answer["ok"] else lines)

    def unknown(self) -> list[str]:
        """Return the options that the module takes, and nobody tries.

        Whatever can be the name of an option stands in the module's file, at the end of a text at least: what ends
        like another is stored once.
        """
        texts = self.machine.type("grep -aoE '[[:print:]]{4,}' /usr/lib/apache2/modules/mod_wsgi.so", 20).split("\n")
        ends = {found[1] for text in texts if (found := re.search(r"(?:^|[^a-z])([a-z]+(?:-[a-z]+)*)$", text.strip()))}
        words = {word[at:] for word in ends for at in (0, *(dash.end() for dash in re.finditer("-", word)))}
        words = {word for word in words if len(word) > 3} - self.trials.options.keys()
        return sorted(word for word in words if self.said(f"WSGIDaemonProcess probe {word}=1") != UNKNOWN)

    # -- Directives --------------------------------------------------------------------------

    def _directives(self) -> dict[str, Any]:
        tried = {name: texts(name, self.trials.directives[name]) for name in self.listed}
        htaccess = self._htaccess({name: given[0] for name, given in tried.items()})
        found = {}
        for name, (example, *others) in tried.items():
            contexts = {context: self.said(example, context) for context in CONTEXTS} | {"htaccess": htaccess[name]}
            here = next((context for context in CONTEXTS if contexts[context].endswith(TAKEN)), None)
            if here is None:
                raise TrialsError(f"{TRIALS.name}: {example}: it is not accepted anywhere: {contexts['server']}")
            tests = {text: self.said(text, here) for text in others}
            found[name] = self.listed[name] | {"contexts": contexts, "tests": {example: contexts[here]} | tests}
        return found

    def _htaccess(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return what httpd says of texts in an `.htaccess`, by name: each is in a directory of its own."""
        self.machine.type(f"sudo mkdir -p {SITE}/{{{','.join(texts)}}}")
        for name, text in texts.items():
            self.machine.ask("write", path=f"{SITE}/{name}/.htaccess", text=text + "\n", language="text")
        self.machine.ask("write", path="/etc/apache2/conf-enabled/reference.conf", text=OPEN, language="text")
        self.machine.type("sudo systemctl reload apache2", 30)
        self.machine.type(
            f"cd {SITE}; for name in *; do curl -s -o /dev/null http://localhost/reference/$name/; done; cd", 60
        )
        log = self.machine.type(f"sudo grep -oE '{SITE}/[^/]*/\\.htaccess: .*' /var/log/apache2/error.log | cat", 10)
        self.machine.type(f"sudo rm -r {SITE} /etc/apache2/conf-enabled/reference.conf")
        refused = dict(re.findall(rf"^{SITE}/(\w+)/\.htaccess: (.*)$", log, re.MULTILINE))
        return {name: refused.get(name, TAKEN).strip() for name in texts}

    # -- Options -----------------------------------------------------------------------------

    def _option(self, name: str, values: Iterable[str]) -> dict[str, str] | None:
        """Return what the config test says of each value; nothing, if the module has no such option.

        :raises TrialsError: the first value is not taken
        """
        first, *others = values
        said = self.said(f"WSGIDaemonProcess probe {name}={first}")
        if said == UNKNOWN:
            return None
        if not said.endswith(TAKEN):
            raise TrialsError(f"{TRIALS.name}: {name}={first}: it is not accepted: {said}")
        return {first: said} | {value: self.said(f"WSGIDaemonProcess probe {name}={value}") for value in others}

    def _all(self, options: Mapping[str, Mapping[str, str]]) -> str:
        """Return a definition with every option."""
        given = " ".join(f"{name}={next(iter(values))}" for name, values in options.items() if name != EITHER)
        return f"WSGIDaemonProcess probe {given}"


def texts(name: str, arguments: list[str]) -> list[str]:
    """Return the texts to try: with each of the arguments, the first of which has to be taken, with none, with more."""
    given = [*arguments, "", f"{arguments[0]} surplus"]
    if name == "WSGIInterpreterOptions":  # a section
        return [f"<{name} {one}>\n</{name}>".replace(" >", ">") for one in given]
    return [f"{name} {one}".strip() for one in given]


# -- All labs ------------------------------------------------------------------------------------


def record(engine: Engine, lab: str, start: str, trials: Trials, *, look_for_more: bool = False) -> dict[str, Any]:
    """Record what the module says on a machine of an image.

    :param start: the lab's own image, or one that was made from it
    :param look_for_more: see to it that there is no option that nobody tries
    :raises MachineError: the machine does not do what it should
    :raises TrialsError: what is tried does not fit what there is
    """
    with Machine(engine, start) as machine:
        recorder = Recorder(machine, trials)
        found = recorder.record()
        if look_for_more and (more := recorder.unknown()):
            raise TrialsError(f"{TRIALS.name}: WSGIDaemonProcess has {', '.join(more)}: say what to try")
    return {"mod_wsgi": versions(engine, image.tag(lab))["mod_wsgi"], **found}


def key(start: str) -> str:
    """Name all that a comparison depends on: the image, what is tried and how, the record."""
    files = [Path(__file__), TRIALS, RECORDED, ROOT / "_ext/reference/merge.py"]
    made = [start, AGENT_DIGEST, *(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)]
    return hashlib.sha256(" ".join(made).encode()).hexdigest()[:16]


def _told(trials: Trials, views: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Yield what is tried and exists on no lab."""
    for what in ("directives", "options"):
        there = {name for view in views.values() for name in view[what]}
        yield from (f"{TRIALS.name}: {name}: no lab has it" for name in sorted(getattr(trials, what).keys() - there))


def main() -> int:
    """Record all labs; return the exit status."""
    engine, trials = Engine.find(), Trials()
    engine.sweep()
    views = {}
    for lab in image.LABS:
        views[lab] = record(engine, lab, image.ensure(engine, lab), trials, look_for_more=True)
        print(f"asked: mod_wsgi {views[lab]['mod_wsgi']} on {lab}", flush=True)
    if wrong := list(_told(trials, views)):
        raise TrialsError("\n".join(wrong))
    RECORDED.write_text(json.dumps(merged(views), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    print(f"written: {RECORDED.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    cli.run(main, "tools.record.modules")
