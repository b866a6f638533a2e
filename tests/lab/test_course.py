"""What is done with a block: for every rule a page that passes, and one with a fault that fails.

The blocks are made here and run as the suite runs a page's, on a real machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from textwrap import dedent

import pytest

from lab.engine import Engine
from lab.machine import Machine
from runner import course
from runner.course import Course
from runner.verdict import Failed, Verdict
from snippets.manifest import Block


class Lesson:
    """Makes blocks, each as if it stood below the last one in ``lesson.rst``; the first on line 5."""

    def __init__(self) -> None:
        self.line = 5

    def block(self, role: str, language: str, text: str, **more: object) -> Block:
        """Make any block."""
        text = dedent(text).strip("\n")
        line, self.line = self.line, self.line + text.count("\n") + 5
        return Block(
            id=f"lesson.rst:{line}", page="lesson", source="lesson.rst", line=line,
            language=language, role=role, text=text, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    def console(self, text: str, **options: str) -> Block:
        """Make a transcript."""
        return self.block("transcript", "console", text, options=options)

    def file(self, path: str, text: str, language: str = "text") -> Block:
        """Make a file with its text on the page."""
        return self.block("file", language, text, path=path)

    def listing(self, path: str, text: str, language: str = "text") -> Block:
        """Make a file whose text is a listing's."""
        return self.block("file", language, text, path=path, listing="snippets/x", listing_line=1, whole=True)

    def site(self, text: str, name: str = "probe") -> Block:
        """Make a site's configuration."""
        return self.file(f"/etc/apache2/sites-available/{name}.conf", text, "apache")

    def apache(self, text: str, emphasized: tuple[int, ...] = (), **options: str) -> Block:
        """Make a fragment."""
        return self.block("fragment", "apache", text, emphasized=emphasized, options=options)

    def unchecked(self, language: str, text: str, **options: str) -> Block:
        """Make a block that nothing checks."""
        return self.block("unchecked", language, text, options=options)


WAIT = "until [ -e /tmp/go ]; do sleep 0.02; done"
GONE = "touch /tmp/gone"


class Lab:
    """A machine, and what becomes of a page on it."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.terminals: set[int] = set()

    def verdicts(self, *page: Block | Callable[[], None]) -> dict[str, Verdict]:
        """Run a page up to the first block that fails, as the suite does; between blocks other things may happen."""
        course = Course(self.machine)
        for block in page:
            if not isinstance(block, Block):
                block()
                continue
            if block.role == "transcript":
                self.terminals.add(int(block.options.get("terminal", 1)))
            try:
                course.run(block)
            except Failed as failed:
                course.verdicts[block.id] = Verdict("failed", "", str(failed))
                return course.verdicts
        course.finish()
        return course.verdicts

    def passes(self, *page: Block | Callable[[], None]) -> list[str]:
        """Expect that a page passes; return how far each block was checked."""
        verdicts = self.verdicts(*page)
        assert not [verdict.message for verdict in verdicts.values() if verdict.outcome == "failed"]
        return [verdicts[block.id].checked for block in page if isinstance(block, Block)]

    def fails(self, *page: Block | Callable[[], None]) -> str:
        """Expect that one block fails; return what is said of it."""
        verdicts = self.verdicts(*page)
        (failed,) = [name for name, verdict in verdicts.items() if verdict.outcome == "failed"]
        message = verdicts[failed].message
        assert message.startswith("lesson.rst:")
        return message

    def go(self) -> None:
        """Let what was made to ``WAIT`` go on, up to where it is ``GONE``, unseen by the agent."""
        wait = "touch /tmp/go; until [ -e /tmp/gone ]; do sleep 0.02; done; rm /tmp/go /tmp/gone"
        self.machine.engine("exec", self.machine.name, "sh", "-c", wait, timeout=10)

    def new_terminals(self) -> None:
        """Close the terminals that were used."""
        for number in self.terminals:
            self.machine.ask("interrupt", terminal=number, limit=5)
            self.machine.ask("type", terminal=number, lines=["exit"], limit=5, stays=False)
        self.terminals.clear()


@pytest.fixture(scope="module")
def shared(engine: Engine, installed: str) -> Iterator[Lab]:
    with Machine(engine, installed) as machine:
        yield Lab(machine)


@pytest.fixture
def lab(shared: Lab) -> Iterator[Lab]:
    """Give a machine with Apache, in new terminals; other tests use it too."""
    yield shared
    shared.new_terminals()
    shared.machine.ask("news")


@pytest.fixture
def fresh(engine: Engine, installed: str) -> Iterator[Lab]:
    """Give a machine with Apache that no other test uses."""
    with Machine(engine, installed) as machine:
        yield Lab(machine)


@pytest.fixture
def page() -> Lesson:
    return Lesson()


# -- Transcripts: output -------------------------------------------------------------------------


def test_output_is_compared_whole(lab: Lab, page: Lesson) -> None:
    assert lab.passes(page.console("$ echo one; echo two\none\ntwo\n$ true\n$ echo three\nthree")) == ["run"]


@pytest.mark.parametrize("shown", ["one", "one\nTWO", "two", "one\ntwo\nthree", "two\none", "one\n\ntwo"])
def test_other_output_fails(lab: Lab, page: Lesson, shown: str) -> None:
    said = lab.fails(page.console("$ true\n$ printf 'one\\ntwo\\n'\n" + shown))
    expected = "".join(f"    {line}\n" for line in shown.split("\n"))
    assert said == (
        "lesson.rst:6: $ printf 'one\\ntwo\\n'\n"
        f"  the page shows:\n{expected}  what came back:\n    one\n    two"
    )  # fmt: skip


def test_no_output_shown_means_none_may_come(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ echo one"))
    assert said == "lesson.rst:5: $ echo one\n  the page shows:\n    (nothing)\n  what came back:\n    one"


def test_shown_output_has_to_come(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ true\none"))
    assert said == "lesson.rst:5: $ true\n  the page shows:\n    one\n  what came back:\n    (nothing)"


def test_blanks_at_the_end_do_not_count(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ printf 'one  \\n\\n'\none"))


def test_what_is_written_to_standard_error_is_output_too(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ echo one; echo two >&2; echo three\none\ntwo\nthree"))
    assert "what came back:\n    two" in lab.fails(page.console("$ echo two >&2"))


def test_output_without_a_line_end_is_not_the_prompt(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ printf '(x) '\n(x)\n$ printf one\none"))


def test_dots_stand_for_any_lines_and_any_text(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ seq 9\n1\n...\n9\n$ echo from 1 to 9\nfrom ... to 9\n$ date\n..."))
    assert "what came back:\n    1\n    2\n    3" in lab.fails(page.console("$ seq 3\n1\n...\n4"))
    assert "what came back:\n    from 1" in lab.fails(page.console("$ echo from 1\nfrom ... to 9"))


def test_very_long_output_keeps_its_ends(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ seq 300000\n1\n2\n...\n[...]\n...\n299999\n300000"))
    said = lab.fails(page.console("$ seq 300000; echo last\n1\n...\n300000"))
    assert "    40\n    [" in said
    assert said.endswith("    300000\n    last")
    assert said.count("\n") < 80


def test_output_without_end_fails(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ yes", limit="60"))
    assert said.startswith("lesson.rst:5: $ yes\n  more than 64 MiB of output; what came back:\n    y\n    y\n")


# -- Transcripts: commands -----------------------------------------------------------------------


def test_a_command_that_fails_fails_its_block(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ echo one; false\none"))
    assert said == "lesson.rst:5: $ echo one; false\n  exit status 1, but the page says 0; what came back:\n    one"


def test_the_last_command_may_fail_as_the_page_says(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ true\n$ (exit 3)", exit="3"))


@pytest.mark.parametrize(
    ("text", "line", "status"), [("$ (exit 4)", 5, 4), ("$ true", 5, 0), ("$ (exit 3)\n$ (exit 3)", 5, 3)]
)
def test_another_exit_status_fails(lab: Lab, page: Lesson, text: str, line: int, status: int) -> None:
    said = lab.fails(page.console(text, exit="3"))
    assert said.startswith(f"lesson.rst:{line}: ")
    assert f"exit status {status}, but the page says {3 if len(text.split()) < 4 else 0};" in said


def test_a_pipe_fails_with_its_first_part(lab: Lab, page: Lesson) -> None:
    assert "exit status 7, but the page says 0" in lab.fails(page.console("$ (exit 7) | cat"))


def test_hiding_a_failure_is_refused(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ true\n$ false || true"))
    assert said == "lesson.rst:6: '|| true' hides a failure: say ':exit: N' instead"


def test_a_command_goes_on_while_the_shell_finds_it_incomplete(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console("$ cat <<END\n> > one\n> two\n> END\n> one\ntwo\n$ echo a \\\n>   b\na b\n$ echo '> c'\n> c"),
        page.console("$ for n in 1 2\n> do\n>   echo $n\n> done\n1\n2"),
    )


def test_an_incomplete_command_fails(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ true\n$ cat <<END\n> one"))
    assert said == "lesson.rst:6: the command is incomplete: the shell would wait for more lines ('> ')"


def test_what_a_command_changes_stays_for_the_next_block(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console("$ pwd; id -un\n/home/reader\nreader\n$ cd /srv\n$ export GREETING=hello\n$ n=2"),
        page.console("$ pwd; bash -c 'echo $GREETING'; echo $n\n/srv\nhello\n2\n$ sudo id -un\nroot"),
    )


def test_the_prompt_is_the_one_the_page_shows(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console(
            """
            $ python3 -m venv --without-pip /tmp/site
            $ . /tmp/site/bin/activate
            (site) $ printf 'one (site) '
            one (site)
            (site) $ python3 -c 'import sys; print(sys.prefix)'
            /tmp/site
            (site) $ deactivate
            $ true
            """
        )
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("$ . /tmp/v/bin/activate\n$ true", "7: the page's prompt is '$ ', the shell's is '(v) $ '"),
        ("$ true\n(v) $ true", "7: the page's prompt is '(v) $ ', the shell's is '$ '"),
    ],
)
def test_another_prompt_fails(lab: Lab, page: Lesson, text: str, said: str) -> None:
    assert lab.fails(page.console("$ python3 -m venv --without-pip /tmp/v\n" + text)) == f"lesson.rst:{said}"


def test_a_command_past_its_limit_fails_and_says_what_came(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ sleep 0.2", limit="1"))
    began = time.monotonic()
    said = lab.fails(page.console("$ echo one; sleep 60\none", limit="1"))
    assert said == "lesson.rst:10: $ echo one; sleep 60\n  no prompt after 1 s; what came back:\n    one"
    assert time.monotonic() - began < 3
    assert "no prompt after 0.3 s" in lab.fails(page.console("$ (trap '' HUP INT; sleep 60)", limit="0.3"))
    lab.passes(page.console("$ pgrep -x sleep", exit="1"))


def test_a_command_that_ends_the_shell_fails(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ exit"))
    assert said == "lesson.rst:5: $ exit\n  the shell of this terminal has ended; what came back:\n    exit"
    assert "has ended; what came back:\n    one" in lab.fails(page.console("$ exec sh -c 'echo one'"))


def test_a_terminal_that_was_thrown_away_is_new(lab: Lab, page: Lesson) -> None:
    lab.fails(page.console("$ cd /srv\n$ kill -9 $$"))
    lab.passes(page.console("$ pwd\n/home/reader"))


def test_output_of_the_background_belongs_to_the_command_it_comes_with(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console(f"$ ({WAIT}; echo late; {GONE}) &\n[1] ..."),
        page.console("$ touch /tmp/go; wait\nlate\n[1]+  Done ...\n...\n$ rm /tmp/go /tmp/gone"),
    )


def test_output_after_the_last_prompt_fails(lab: Lab, page: Lesson) -> None:
    late = page.console(f"$ ({WAIT}; echo late; {GONE}) &\n[1] ...")
    said = lab.fails(late, lab.go)
    assert said == "lesson.rst:5: more output after the last prompt of its terminal; what came back:\n    late"


# -- Transcripts: terminals ----------------------------------------------------------------------

SERVER = "python3 -u -m http.server --bind 127.0.0.1 --directory /usr/share/doc"


def test_terminals_are_apart(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console("$ cd /srv\n$ n=1"),
        page.console("$ pwd; echo $n\n/home/reader\n", terminal="2"),
        page.console("$ pwd; echo $n\n/srv\n1"),
    )


def test_a_server_is_up_when_it_has_written_what_the_page_shows(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console(f"$ {SERVER} 8101\nServing HTTP on 127.0.0.1 port 8101 (...) ...", terminal="2"),
        page.console("$ curl -s -o /dev/null http://127.0.0.1:8101/"),
        page.console(
            '127.0.0.1 - - [...] "GET / HTTP/1.1" 200 -\n^C\nKeyboard interrupt received, exiting.\n$ true',
            terminal="2",
        ),
    )


def test_a_server_that_says_nothing_is_up_when_it_listens(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console(f"$ sleep 0.3; {SERVER} 8102 2> /dev/null > /dev/null", terminal="2"),
        page.console("$ curl -s -o /dev/null http://127.0.0.1:8102/"),
        page.console("^C", terminal="2"),
    )


def test_a_block_may_start_and_end_a_command(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ echo up; sleep 60\nup\n^C\n$ echo down\ndown"))


def test_lines_after_the_interrupt_are_compared(lab: Lab, page: Lesson) -> None:
    command = "trap 'echo bye' INT; echo up; sleep 60"
    lab.passes(page.console(f'$ bash -c "{command}"\nup\n^C\nbye'))
    said = lab.fails(page.console(f'$ bash -c "{command}"\nup\n^C'))
    assert said == "lesson.rst:15: $ ^C\n  the page shows:\n    (nothing)\n  what came back:\n    bye"


def test_an_interrupted_command_may_end_with_the_status_of_the_page(lab: Lab, page: Lesson) -> None:
    command = "$ bash -c \"trap 'exit 4' INT; echo up; while :; do sleep 1; done\"\nup\n^C"
    lab.passes(page.console(command, exit="4"))
    assert "exit status 4, but the page says 0" in lab.fails(page.console(command))


def test_a_server_may_write_much_while_nobody_looks(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console(f"$ echo up; {WAIT}; seq 100000; touch /tmp/done; sleep 60\nup", terminal="2"),
        page.console("$ touch /tmp/go; until [ -e /tmp/done ]; do sleep 0.02; done; rm /tmp/go /tmp/done"),
        page.console("1\n2\n...\n100000\n^C", terminal="2"),
    )


def test_a_server_that_does_not_come_up_fails(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ echo starting; sleep 60\nup", terminal="2", limit="0.4"))
    assert said == (
        "lesson.rst:5: $ echo starting; sleep 60\n"
        "  not up after 0.4 s: it has not written what the page shows; what came back:\n    starting"
    )
    lab.new_terminals()
    said = lab.fails(page.console("$ sleep 60", terminal="2", limit="0.4"))
    assert "not up after 0.4 s: it has not written what the page shows, nor opened a port" in said


def test_a_server_that_writes_without_end_fails(lab: Lab, page: Lesson) -> None:
    assert "more than 1 MiB of output" in lab.fails(page.console("$ yes\nup", terminal="2"))


def test_a_server_that_ends_with_a_failure_fails(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ echo no; false\nno", terminal="2"), page.console("$ true", terminal="2"))
    assert "exit status 1" in said


def test_a_command_in_another_terminal_may_just_end(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console("$ echo one; sleep 0.2\none", terminal="2"), page.console("$ true", terminal="2"))
    lab.passes(page.console("$ true", terminal="2"))


def test_a_command_that_still_runs_leaves_its_terminal_to_nobody(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ echo up; sleep 60\nup", terminal="2"), page.console("$ true", terminal="2"))
    assert said == (
        "lesson.rst:11: the terminal is not free: lesson.rst:5: $ echo up; sleep 60\n  is still running: end it with ^C"
    )


def test_a_command_that_runs_at_the_end_of_the_page_fails(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ echo up; sleep 60\nup", terminal="2"), page.console("$ true"))
    assert said == "lesson.rst:5: $ echo up; sleep 60\n  is still running: end it with ^C"


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("echo oh; false", "has ended with exit status 1; what came back:\n    oh"),
        ("false", "has ended with exit status 1; what came back:\n    (nothing)"),
        ("echo oh", "has ended with exit status 0; what came back:\n    oh"),
        ("exit", "the shell of this terminal has ended; what came back:\n    exit"),
    ],
)
def test_what_a_command_did_while_nobody_looked_is_seen(lab: Lab, page: Lesson, end: str, said: str) -> None:
    command = f"echo up; {WAIT}; {GONE}; {end}"
    assert lab.fails(page.console(f"$ {command}\nup", terminal="2"), lab.go) == f"lesson.rst:5: $ {command}\n  {said}"


def test_an_interrupt_that_comes_too_late_fails(lab: Lab, page: Lesson) -> None:
    start = page.console(f"$ echo up; {WAIT}; echo oh; {GONE}\nup", terminal="2")
    said = lab.fails(start, lab.go, page.console("^C", terminal="2"))
    assert said == (
        "lesson.rst:11: $ ^C\n  the command ended before the ^C, with exit status 0; what came back:\n    oh"
    )


def test_an_interrupt_waits_until_the_command_is_idle(lab: Lab, page: Lesson) -> None:
    starting = "end=$((SECONDS + 1)); while [ $SECONDS -lt $end ]; do :; done"
    command = f"bash -c 'trap : INT; echo up; {starting}; trap \"echo bye; exit\" INT; sleep 9'"
    lab.passes(page.console(f"$ {command}\nup", terminal="2"), page.console("^C\nbye", terminal="2"))


@pytest.mark.parametrize(("text", "what"), [("^C", "^C"), ("one\n^C", "output")])
def test_an_interrupt_with_nothing_running_fails(lab: Lab, page: Lesson, text: str, what: str) -> None:
    said = lab.fails(page.console("$ true", terminal="2"), page.console(text, terminal="2"))
    assert said == f"lesson.rst:10: {what}, but no command is running in this terminal"


def test_a_command_that_does_not_end_has_no_exit_status(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ echo up; sleep 60\nup", terminal="2", exit="1"))
    assert said.endswith("has not ended, but the page says exit status 1")


# -- Files ---------------------------------------------------------------------------------------


def test_a_file_is_the_readers_where_the_reader_may_write(lab: Lab, page: Lesson) -> None:
    checked = lab.passes(
        page.file("/home/reader/mine.txt", "one\n\n  two\n"),
        page.file("/srv/roots.txt", "three"),
        page.console("$ stat -c '%U %a' mine.txt /srv/roots.txt\nreader 644\nroot 644"),
    )
    assert checked == ["written", "written", "run"]


def test_a_file_that_a_command_reads_has_run(lab: Lab, page: Lesson) -> None:
    checked = lab.passes(
        page.file("/home/reader/read.txt", "one\n\n  two\n"),
        page.console("$ cat read.txt\none\n\n  two\n$ wc -c < read.txt\n11"),
    )
    assert checked == ["run", "run"]


def test_a_mode_stays_as_it_is(lab: Lab, page: Lesson) -> None:
    lab.passes(
        page.console("$ touch kept.sh\n$ chmod 750 kept.sh"),
        page.file("/home/reader/kept.sh", "echo kept"),
        page.console("$ stat -c %a kept.sh\n750\n$ ./kept.sh\nkept"),
    )
    page = Lesson()
    new = page.file("/home/reader/new.sh", "echo new")
    assert "Permission denied" in lab.fails(new, page.console("$ ./new.sh\nnew"))


def test_a_site_that_opens_more_than_it_serves_fails(lab: Lab, page: Lesson) -> None:
    site = "WSGIScriptAlias / /srv/probe/wsgi.py\n<Directory /srv>\n    Require all granted\n</Directory>"
    said = lab.fails(page.file("/etc/apache2/sites-available/probe.conf", site, "apache"))
    assert said.startswith("lesson.rst:6: opens /srv to everybody, but only serves /srv/probe/wsgi.py")


@pytest.mark.parametrize(("path", "why"), [("/srv/none/x", "No such file or directory"), ("/srv", "Is a directory")])
def test_a_file_that_an_editor_could_not_write_fails(lab: Lab, page: Lesson, path: str, why: str) -> None:
    assert lab.fails(page.file(path, "one")) == f"lesson.rst:5: cannot write the file: {path}: {why}"


@pytest.mark.parametrize(
    ("language", "right", "wrong", "said"),
    [
        ("python", "def f():\n    return 1", "def f():\nreturn 1", "IndentationError: expected an indented block"),
        ("json", '{\n"a": 1}', '{\n"a" 1}', "Expecting ':' delimiter"),
        ("toml", "a = 1\nb = 2", "a = 1\nb = ", "Invalid value (at line 2"),
        ("bash", "if true\nthen :; fi", "if true\nfi", "syntax error near unexpected token `fi'"),
    ],
)
def test_a_file_passes_its_languages_own_checker(
    lab: Lab, page: Lesson, language: str, right: str, wrong: str, said: str
) -> None:
    assert lab.passes(page.file("/home/reader/checked", right, language)) == ["parsed"]
    message = lab.fails(Lesson().file("/home/reader/checked", wrong, language))
    assert message.startswith("lesson.rst:6: ")
    assert said in message
    assert lab.fails(Lesson().listing("/home/reader/checked", wrong, language)).startswith(
        "lesson.rst:5: snippets/x:2: "
    )


# -- Configuration -------------------------------------------------------------------------------

SITE = "<VirtualHost *:80>\n    ServerName probe.localhost\n    SetEnv A b\n</VirtualHost>"
#: What the doctor finds of a site that is changed, or enabled, and not reloaded.
LATER, ENABLED = "a-change-of-the-configuration-has-no-effect", "enabled-but-not-reloaded"
ENABLE = "$ sudo ln -s ../sites-available/probe.conf /etc/apache2/sites-enabled"
TEST = "$ sudo apachectl -t\nSyntax OK"
RELOAD = "$ sudo systemctl reload apache2"


def test_a_configuration_has_run_when_apache_starts_with_it(fresh: Lab, page: Lesson) -> None:
    checked = fresh.passes(page.site(SITE), page.console(f"{ENABLE}\n{TEST}\n{RELOAD}"))
    assert checked == ["run", "run"]
    changed = Lesson()
    assert fresh.passes(changed.site(SITE.replace("A b", "A c")), changed.console(TEST, doctor=LATER)) == [
        "parsed",
        "run",
    ]
    restarted = Lesson()
    restart = restarted.console("$ sudo systemctl restart apache2")
    assert fresh.passes(restarted.site(SITE), restart) == ["run", "run"]


def test_each_configuration_takes_its_own_reload(fresh: Lab, page: Lesson) -> None:
    def step(value: int) -> list[Block]:
        return [page.site(SITE.replace("A b", f"A {value}")), page.console(RELOAD)]

    enabled = [page.site(SITE), page.console(f"{ENABLE}\n{RELOAD}")]
    steps = [*enabled, *step(1), *step(2), *step(3), page.site(SITE)]
    assert fresh.passes(*steps, page.console("$ true", doctor=LATER)) == ["run"] * 8 + ["parsed", "run"]


def test_a_reload_that_takes_its_time_is_not_the_next_configurations(fresh: Lab, page: Lesson) -> None:
    log = "/var/log/apache2/error.log"
    begin, end = (f"echo {line} >> {log}" for line in ("SIGUSR1 received", "AH00094: Command line"))
    enabled = [page.site(SITE), page.console(f"{ENABLE}\n$ sudo systemctl stop apache2")]
    slow = page.console(f"$ sudo bash -c '{begin}; (sleep 0.5; {end}) > /dev/null 2>&1 &'")
    assert fresh.passes(*enabled, slow, page.site(SITE)) == ["run"] * 3 + ["parsed"]


def test_a_reload_is_over_when_no_old_process_takes_requests(fresh: Lab, page: Lesson) -> None:
    old = "old=$(pgrep -P $(cat /run/apache2/apache2.pid))"
    began = time.monotonic()
    fresh.passes(
        page.console(f"$ {old}\n$ sudo kill -STOP $old\n$ (sleep 1; sudo kill -CONT $old) &\n[1] ..."),
        page.console(RELOAD),
    )
    assert 1 < time.monotonic() - began < 4


def test_a_reload_is_over_when_a_new_process_takes_requests(fresh: Lab, page: Lesson) -> None:
    threads = "ps -o nlwp= --ppid $(cat /run/apache2/apache2.pid)"
    fresh.passes(page.console(f"{RELOAD}\n$ {threads} | sort -n | tail -n 1 | xargs\n27"))


def test_a_configuration_that_apache_never_loads_fails(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.site(SITE, "unloved"), page.console(f"{TEST}\n{RELOAD}"))
    path = "/etc/apache2/sites-available/unloved.conf"
    assert said == f"lesson.rst:5: {path} is not among the files that Apache loads by the end of the page"


def test_a_configuration_that_is_overwritten_before_apache_loads_it_fails(fresh: Lab, page: Lesson) -> None:
    said = fresh.fails(page.site(SITE), page.site(SITE), page.console(f"{ENABLE}\n{TEST}", doctor=ENABLED))
    assert said.startswith("lesson.rst:5: /etc/apache2/sites-available/probe.conf is not among the files")


def test_a_page_may_break_a_configuration_and_mend_it(fresh: Lab, page: Lesson) -> None:
    checked = fresh.passes(
        page.site(SITE.replace("SetEnv", "SetEvn")),
        page.console(f"{ENABLE}\n$ sudo apachectl -t\n...\nInvalid command 'SetEvn', ...\n...", exit="1"),
        page.site(SITE),
        page.console(f"{TEST}\n{RELOAD}"),
    )
    assert checked == ["parsed", "run", "run", "run"]


def test_a_page_that_leaves_a_configuration_broken_fails(fresh: Lab, page: Lesson) -> None:
    said = fresh.fails(page.site(SITE.replace("SetEnv", "SetEvn")), page.console(ENABLE, doctor="invalid-command"))
    assert said.startswith("lesson.rst:5: Apache refuses its configuration at the end of the page\n")
    assert "Syntax error on line 3 of /etc/apache2/sites-enabled/probe.conf" in said


def test_what_the_doctor_finds_at_the_end_is_said(fresh: Lab, page: Lesson) -> None:
    said = fresh.fails(page.site(SITE), page.console(ENABLE))
    assert said.startswith(f"lesson.rst:13: the doctor finds what the page does not say (':doctor: {ENABLED}')\n")
    assert fresh.passes(Lesson().console("$ true", doctor=ENABLED)) == ["run"]


def test_what_the_doctor_is_said_to_find_it_finds(fresh: Lab, page: Lesson) -> None:
    said = fresh.fails(page.console("$ true", doctor="ah01630"))
    assert said == "lesson.rst:5: the page says that the doctor finds ah01630, but it finds nothing"


def test_a_configuration_may_be_written_through_a_link(fresh: Lab, page: Lesson) -> None:
    fresh.passes(page.site(SITE), page.console(f"{ENABLE}\n{TEST}", doctor=ENABLED))
    page = Lesson()
    through = page.file("/etc/apache2/sites-enabled/probe.conf", SITE, "apache")
    assert fresh.passes(through, page.console(f"{TEST}\n{RELOAD}")) == ["run", "run"]


def test_an_htaccess_file_need_not_be_loaded_and_runs_when_a_request_meets_it(fresh: Lab, page: Lesson) -> None:
    htaccess, ask = "/var/www/html/.htaccess", "$ curl -s -o /dev/null http://localhost/"
    assert fresh.passes(page.file(htaccess, "Options -Indexes", "apache"), page.console(ask)) == ["written", "run"]
    allow = "<Directory /var/www/html>\n    AllowOverride All\n</Directory>"
    page = Lesson()
    allowed = page.file("/etc/apache2/conf-available/probe.conf", allow, "apache")
    enable = page.console(f"$ sudo ln -s ../conf-available/probe.conf /etc/apache2/conf-enabled\n{RELOAD}")
    written = page.file(htaccess, "Options -Indexes", "apache")
    assert fresh.passes(allowed, enable, written, page.console(ask)) == ["run"] * 4


# -- Fragments -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "right", "wrong", "said"),
    [
        ("server", "Listen 8080", "AllowOverride None", "AllowOverride not allowed here"),
        ("vhost", "ServerAlias x", "Listen 8080", "Listen cannot occur within <VirtualHost> section"),
        ("directory", "AllowOverride None", "ServerName x", "ServerName not allowed in <Directory> context"),
        ("htaccess", "Require all granted", "AllowOverride None", "AllowOverride not allowed here"),
    ],
)
def test_a_fragment_is_tested_in_its_context(
    lab: Lab, page: Lesson, context: str, right: str, wrong: str, said: str
) -> None:
    assert lab.passes(page.apache(f"# first\n{right}", context=context)) == ["parsed"]
    message = lab.fails(page.apache(f"# first\n\n{wrong}\n# last", context=context))
    assert message.startswith("lesson.rst:13: Apache refuses it\n  ")
    assert said in message


def test_apaches_own_line_is_the_pages(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.apache("# first\n<Directory /srv>\n    Requier all granted\n</Directory>"))
    assert said.startswith("lesson.rst:7: Apache refuses it\n  AH00526: Syntax error on line 7 of lesson.rst:\n")


def test_the_region_of_a_listing_keeps_the_listings_lines(lab: Lab, page: Lesson) -> None:
    region = page.block("fragment", "apache", "# first\nRequier all", listing="snippets/x/site.conf", listing_line=30)
    said = lab.fails(region)
    assert said.startswith("lesson.rst:5: snippets/x/site.conf:31: Apache refuses it\n")
    assert "Syntax error on line 31 of snippets/x/site.conf" in said


def test_a_fragment_meets_the_environment_of_apache(fresh: Lab, page: Lesson) -> None:
    assert "Port must be specified" in fresh.fails(page.apache("Listen ${PORT}"))
    define = page.console("$ echo export PORT=8080 | sudo tee -a /etc/apache2/envvars\n...")
    assert fresh.passes(define, page.apache("Listen ${PORT}")) == ["run", "parsed"]


def test_a_fragment_cannot_leave_its_context(lab: Lab, page: Lesson) -> None:
    text = "</VirtualHost>\nListen 8080\n<VirtualHost *:80>"
    assert "without matching <VirtualHost>" in lab.fails(page.apache(text, context="vhost"))


def test_a_fragment_meets_no_site_and_leaves_no_trace(fresh: Lab, page: Lesson) -> None:
    enabled = page.console(ENABLE, doctor=ENABLED)
    fresh.passes(page.site("Define FROM_SITE yes"), enabled, page.apache("Define FROM_FRAGMENT yes"))
    for name in ("FROM_SITE", "FROM_FRAGMENT"):
        said = fresh.fails(
            Lesson().apache(f"<IfDefine {name}>\nNonsense\n</IfDefine>\n<IfDefine !{name}>\nWrong\n</IfDefine>")
        )
        assert "Invalid command 'Wrong'" in said


@pytest.mark.parametrize("context", ["server", "vhost", "directory", "htaccess"])
def test_a_fragment_fails_as_its_page_says(lab: Lab, page: Lesson, context: str) -> None:
    wrong = "Invalid command 'Requier', perhaps misspelled"
    assert lab.passes(page.apache("# first\nRequier all granted", context=context, fails=wrong)) == ["parsed"]
    assert lab.passes(page.apache("# first\nRequier all granted", (2,), context=context, fails=wrong)) == ["parsed"]


@pytest.mark.parametrize("context", ["server", "htaccess"])
def test_a_fragment_that_passes_although_its_page_says_it_fails(lab: Lab, page: Lesson, context: str) -> None:
    said = lab.fails(page.apache("Options None", context=context, fails="Invalid command 'Options'"))
    assert said == "lesson.rst:5: the page says that Apache refuses this, but Apache accepts it"


def test_a_fragment_that_fails_with_another_message(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.apache("Requier all granted", fails="Invalid command 'Order'"))
    assert said.startswith(
        "lesson.rst:5: Apache refuses it, but with another message\n"
        "  the page says:\n    Invalid command 'Order'\n  Apache says:\n    AH00526: "
    )


@pytest.mark.parametrize("context", ["server", "htaccess"])
def test_a_fragment_that_fails_on_another_line_than_the_marked_one(lab: Lab, page: Lesson, context: str) -> None:
    said = lab.fails(page.apache("# first\nRequier all", (1,), context=context, fails="Invalid command 'Requier'"))
    assert said.startswith("lesson.rst:6: Apache refuses this line, but the page marks another\n")


def test_a_fragment_that_fails_for_what_stands_elsewhere(fresh: Lab, page: Lesson) -> None:
    broken = page.file("/etc/apache2/conf-available/broken.conf", "Requier all", "apache")
    enabled = page.console("$ sudo ln -s ../conf-available/broken.conf /etc/apache2/conf-enabled")
    fragment = page.apache("Options None", fails="Invalid command 'Requier'")
    assert fresh.fails(broken, enabled, fragment).startswith(
        "lesson.rst:15: Apache refuses a line that is not the block's\n"
    )


def test_a_fragment_before_apache_is_installed_fails(engine: Engine, plain: str, page: Lesson) -> None:
    with Machine(engine, plain) as machine:
        said = Lab(machine).fails(page.apache("Options None"))
        assert (
            said
            == "lesson.rst:5: the configuration test cannot check it: Apache is not installed on this page's machine"
        )
        reason = {"unchecked": "for another version"}
        assert Lab(machine).passes(page.unchecked("apache", "Options None", **reason)) == [""]


# -- Unchecked -----------------------------------------------------------------------------------


def test_an_unchecked_block_says_why(lab: Lab, page: Lesson) -> None:
    block = page.unchecked("nginx", "server {}", unchecked="another server, only to compare")
    assert lab.verdicts(block)[block.id].outcome == "exempt"
    assert lab.passes(page.unchecked("apache", "Nonsense", unchecked="needs another module")) == [""]


@pytest.mark.parametrize("options", [{}, {"unchecked": ""}, {"unchecked": "  "}])
def test_a_block_that_nothing_checks_fails(lab: Lab, page: Lesson, options: dict[str, str]) -> None:
    said = lab.fails(page.unchecked("nginx", "server {}", **options))
    assert said.startswith("lesson.rst:5: nothing checks this block (nginx): ")


@pytest.mark.parametrize("context", ["server", "htaccess"])
def test_an_exemption_that_no_block_needs_fails(lab: Lab, page: Lesson, context: str) -> None:
    said = lab.fails(page.unchecked("apache", "Options None", context=context, unchecked="a reason"))
    assert said == "lesson.rst:5: marked ':unchecked:', but Apache accepts it: take the mark away"


# -- Logs ----------------------------------------------------------------------------------------

FORBIDDEN = "curl -s -o /dev/null http://localhost/.htpasswd"


def test_an_error_that_the_page_announces_passes(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console(f"$ {FORBIDDEN}\n$ {FORBIDDEN}", logs="AH01630"), page.console("$ true"))


def test_an_error_that_the_page_does_not_announce_fails_the_block_that_caused_it(lab: Lab, page: Lesson) -> None:
    said = lab.fails(page.console("$ true"), page.console(f"$ {FORBIDDEN}"), page.console("$ true"))
    assert said.startswith("lesson.rst:10: Apache logged an error that the page does not expect (':logs: …')\n  [")
    assert "AH01630: client denied" in said
    page = Lesson()
    both = page.console(
        f"$ {FORBIDDEN}\n$ sudo sh -c 'echo \"[now] [core:crit] one\" >> /var/log/apache2/error.log'", logs="AH01630"
    )
    assert lab.fails(both).endswith("(':logs: …')\n  [now] [core:crit] one")


def test_an_announced_error_that_does_not_come_fails(lab: Lab, page: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "SECONDS", 1)
    said = lab.fails(page.console(f"$ {FORBIDDEN}", logs="AH01630\nAH01797"))
    assert said.startswith(
        "lesson.rst:5: the page says that Apache logs an error, but Apache did not log it\n"
        "  the page says:\n    AH01797\n  Apache logged:\n    ["
    )


def test_an_announced_error_may_come_a_little_later(lab: Lab, page: Lesson) -> None:
    lab.passes(page.console(f"$ (sleep 0.3; {FORBIDDEN}) &\n[1] ...", logs="AH01630"), page.console("$ wait\n..."))


def test_a_late_error_fails_the_block_before(lab: Lab, page: Lesson) -> None:
    late = f"$ ({WAIT}; {FORBIDDEN}; {GONE}) &\n[1] ...\n$ disown"
    for after in ([page.console("$ true")], [page.file("/srv/x", "one")], []):
        said = lab.fails(page.console("$ true"), block := page.console(late), lab.go, *after)
        assert said.startswith(f"{block.id}: Apache logged an error that the page does not expect")
        lab.new_terminals()


def test_an_announced_error_may_come_again_while_a_file_is_written(lab: Lab, page: Lesson) -> None:
    again = f"$ ({WAIT}; {FORBIDDEN}; {GONE}) &\n[1] ...\n$ disown\n$ {FORBIDDEN}"
    announced = page.console(again, logs="AH01630")
    lab.passes(announced, page.file("/srv/x", "one"), lab.go)
    lab.new_terminals()
    said = lab.fails(announced, page.file("/srv/x", "one"), other := page.console("$ true"), lab.go)
    assert said.startswith(f"{other.id}: Apache logged an error that the page does not expect")


def test_an_error_in_a_log_of_its_own_is_seen(fresh: Lab, page: Lesson) -> None:
    own = SITE.replace("SetEnv A b", "DocumentRoot /var/www/html\n    ErrorLog /srv/errors.log")
    said = fresh.fails(
        page.site(own),
        page.console(f"{ENABLE}\n{RELOAD}"),
        page.console("$ curl -s -o /dev/null http://probe.localhost/.htpasswd"),
    )
    assert said.startswith("lesson.rst:20: Apache logged an error")


def test_an_error_in_the_log_of_another_users_apache_is_seen(fresh: Lab, page: Lesson) -> None:
    start = "cp /usr/bin/tail apache2; echo '[now] [core:error] oh' > own.log; ./apache2 -f own.log > /dev/null &"
    opened = "until ls -l /proc/$!/fd | grep -q own.log; do sleep 0.1; done"
    said = fresh.fails(page.console(f"$ {start}\n[1] ...\n$ {opened}"))
    assert said.endswith("(':logs: …')\n  [now] [core:error] oh")
