"""Snippets without sudo that would write their own verdict: what the shell is at decides, not what is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from lab.engine import Engine
from lab.machine import Machine
from runner.course import Course
from runner.verdict import Failed
from snippets.manifest import Block

#: Finds the mark of the prompts in several places, and writes it as the prompt of a shell whose command has succeeded.
MARK = """\
secret=${PS1#*$'\\x1e'}; secret=${secret%%:*}
[[ $(tr '\\0' ' ' < /proc/$$/cmdline) == *$secret* && -r /run/lab/bashrc-$secret ]]
mark=$'\\x1e'$secret$':\\x1e'
mark() { builtin printf %s "$mark" > /dev/tty; }
echo . ./does > typed
"""
#: A program that plays a shell in which everything succeeds.
PLAYER = """\
import sys
for line in iter(sys.stdin.readline, ""):
    sys.stdout.write(sys.argv[1])
    sys.stdout.flush()
"""
#: Plays one in the shell itself, whose buffer has what was typed, as if its own reader had read that.
PLAYS = 'read -r line < typed; while mark; read -r line; do eval "$line"; LINENO=$RANDOM; done'
TWO_LINES = r'read -r line < typed; mark; read -r line\neval "$line"; mark; read -r line'
SILENT = "no prompt after 0.5 s"
MARKED = "the page shows:\n    (nothing)\n  what came back:\n    "
ENDED = "the shell of this terminal has ended"


class Forgery(NamedTuple):
    """What a snippet does, what is typed after it, and what has to be said: none of it is as the page says."""

    name: str
    does: str
    then: str
    told: str


FORGERIES = (
    Forgery("a mark, and an end", "mark; exec > /dev/null 2>&1; exit 3", "", ENDED),
    Forgery("a mark, and a failure", "mark; sleep 0.1; false", "", MARKED),
    Forgery("a mark, and more output", "mark; sleep 0.1; echo more", "", "more"),
    Forgery("a mark, and no end", "mark; sleep 9", "", SILENT),
    Forgery("a prompt that is always the same", "PS1=$mark", "$ false", "exit status 1"),
    Forgery("a prompt made anew", "PROMPT_COMMAND='PS1=$mark'", "$ false", "exit status 1"),
    Forgery("a mark before each command", "PS0=$mark", "$ sleep 0.1; false", MARKED),
    Forgery("a second prompt like the first", "alias x='cat > /dev/null <<X'; PS2=$mark", "$ x\n$ false", "incomplete"),
    Forgery("no prompt but a mark", "PROMPT_COMMAND=mark; PS1=; exec 2> /dev/null", "$ ls nowhere; true", "/dev/null"),
    Forgery("output that goes elsewhere", "exec > /dev/null", "$ echo seen", "/dev/null"),
    Forgery("input that comes from elsewhere", "exec < <(cat)", "$ false", "pipe:"),
    Forgery("a trap for commands", "trap mark DEBUG", "$ sleep 0.1; false", MARKED),
    Forgery("a trap for errors", "trap 'mark; sleep 0.1' ERR", "$ false", MARKED),
    Forgery("a trap for the end", "trap 'mark; sleep 9' EXIT", "$ exit 3", SILENT),
    Forgery("functions", "PS1=$mark; for it in builtin printf exit command; do eval \"$it() { mark; }\"; done",
            "$ false", "exit status 1"),
    Forgery("a mark from the background", "((sleep 0.1; mark) &)", "$ sleep 0.3; false", MARKED),
    Forgery("a shell in the shell", PLAYS, "$ false", SILENT),
    Forgery("a shell that is typed", f"cat > typed <<'END'\n{PLAYS}\nEND", f"$ {PLAYS}\n$ false", SILENT),
    Forgery("a shell before the prompt", f"PROMPT_COMMAND='{PLAYS}'", "$ false", SILENT),
    Forgery("a shell of two lines before the prompt", f"PROMPT_COMMAND=$'{TWO_LINES}'", "$ false", SILENT),
    Forgery("a shell within the prompt", f"PS1='$({PLAYS})'", "$ false", SILENT),
    Forgery("a prompt that takes its time", "PS1='$(fc -ln -1 | cut -c3-; mark; sleep 9)'", "", SILENT),
    Forgery("a shell in a trap", f"trap '{PLAYS}' DEBUG", "$ true\n$ false", SILENT),
    Forgery("another shell", "bash --rcfile <(declare -p mark | sed 's/mark/PS1/') -i", "$ false", SILENT),
    Forgery("another program", "mark; python3 play.py $mark", "$ false", SILENT),
    Forgery("another program in the shell's place", "mark; exec python3 play.py $mark", "$ false", ENDED),
    Forgery("one who reads along", "set +m; (python3 play.py $mark < /dev/tty &)", "$ sleep 0.3\n$ false", SILENT),
    Forgery("one who reads the same again", "set +m; (python3 play.py $mark < /dev/tty &)",
            "$ sleep 0.3\n$ sleep 0.3", SILENT),
    Forgery("one who takes a letter", "set +m; (python3 -c 'open(\"/dev/tty\", \"rb\", 0).read(1)' &)",
            "$ sleep 0.3\n$ xtrue", SILENT),
)  # fmt: skip


@pytest.fixture(scope="module")
def machine(engine: Engine, plain: str) -> Iterator[Machine]:
    with Machine(engine, plain) as machine:
        machine.ask("write", path="/home/reader/play.py", text=PLAYER, language="python")
        yield machine


@pytest.mark.parametrize("forgery", FORGERIES, ids=[forgery.name for forgery in FORGERIES])
def test_a_verdict_cannot_be_forged(machine: Machine, forgery: Forgery) -> None:
    machine.ask("write", path="/home/reader/does", text=f"{MARK}{forgery.does}\n", language="bash")
    block = Block(
        id="forged.rst:1", page="forged", source="forged.rst", line=1, language="console", role="transcript",
        text=f"$ . ./does\n{forgery.then}".rstrip(), options={"limit": "0.5"},
    )  # fmt: skip
    try:
        with pytest.raises(Failed, match=re.escape(forgery.told)):
            Course(machine).run(block)
    finally:
        machine.ask("type", terminal=1, lines=["/bin/kill -9 $$"], limit=5, stays=False)
