"""Mutants: that each is one change, and that what becomes of them is judged."""

from __future__ import annotations

import io
import tokenize
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.plan import lab_of
from snippets.manifest import Block, Manifest, Page
from tools.mutants import ledger
from tools.mutants import trial as trials
from tools.mutants.mutate import LOOKS, MOST, OTHERWISE, PYTHON, Mutant, misspelt, mutants

SITE = """\
<VirtualHost *:80>
    ServerName hello.localhost
    WSGIDaemonProcess hello threads=5 user=work \\
        python-home=/srv/venv
    # a comment
    WSGIScriptAlias / /srv/hello/wsgi.py

    <Directory /srv/hello>
        WSGIProcessGroup hello
        Require all granted
    </Directory>
</VirtualHost>
"""
TALK = "$ sudo systemctl reload apache2\n$ curl http://hello.localhost/\nHello ... you\n...\n"
CODE = '"""A docstring."""\nGREETING = "Hello"\n\ndef application(environ, start):\n    return [GREETING, 200]\n'


def block(text: str, language: str = "apache", line: int = 7, **options: str) -> Block:
    role = "transcript" if language == "console" else "file"
    return Block(f"p.rst:{line}", "p", "p.rst", line, language, role, text, path="/x", options=options)


def all_of(of: Block, monkeypatch: pytest.MonkeyPatch) -> list[Mutant]:
    monkeypatch.setitem(MOST, of.language, 1000)
    return mutants(of)


# -- Which there are -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "was", "now"),
    [
        ("misspelt directive", "ServerName", "eSrverName"),
        ("misspelt directive", "VirtualHost", "iVrtualHost"),
        ("misspelt option", "threads=", "htreads="),
        ("misspelt option", "python-home=", "ypthon-home="),
        ("changed option", "threads=5", "threads=6"),
        ("changed user", "user=work", "user=workx"),
        ("changed value", "hello", "ehllo"),
        ("changed value", "hello.localhost", "ehllo.localhost"),
        ("opposite value", "granted", "denied"),
        ("another process group", "hello", "ehllo"),
        ("changed port", "*:80", "*:81"),
        ("changed path", "/srv/hello/wsgi.py", "/srv/hello/wsgix.py"),
        ("changed path", "/srv/hello", "/srv/hellox"),
        ("widened", "/srv/hello", "/srv"),
        ("dropped line", "Require all granted", ""),
        ("dropped closing tag", "</Directory>", ""),
    ],
)
def test_what_can_be_wrong_in_a_configuration(monkeypatch: pytest.MonkeyPatch, kind: str, was: str, now: str) -> None:
    made = [it for it in all_of(block(SITE), monkeypatch) if (it.kind, it.was, it.now) == (kind, was, now)]
    assert made
    for mutant in made:
        assert mutant.block
        assert was in SITE.split("\n")[mutant.line]
        assert len(mutant.block.text) == len(SITE.rstrip()) + (
            len(now) - len(was) if now else len(mutant.block.text) - len(SITE.rstrip())
        )


@pytest.mark.parametrize(
    ("kind", "was", "now"),
    [
        ("removed command", "sudo systemctl reload apache2", ""),
        ("changed host", "//hello.localhost", "//ehllo.localhost"),
        ("changed status", "", ":exit: 1"),
    ],
)
def test_what_can_be_wrong_in_a_transcript(monkeypatch: pytest.MonkeyPatch, kind: str, was: str, now: str) -> None:
    assert [(it.was, it.now) for it in all_of(block(TALK, "console"), monkeypatch) if it.kind == kind] == [(was, now)]


def test_a_word_of_output_is_changed_and_not_what_stands_for_any(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = [it.was for it in all_of(block(TALK, "console"), monkeypatch) if it.kind == "changed output"]
    assert sorted(changed) == ["Hello", "you"]


def test_a_status_that_the_page_gives_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = [it for it in all_of(block(TALK, "console", exit="1"), monkeypatch) if it.kind == "changed status"]
    assert [it.block and it.block.options for it in changed] == [{}]


def test_a_message_that_the_page_gives_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = [it for it in all_of(block("Order x", fails="Invalid"), monkeypatch) if it.kind == "changed message"]
    assert [it.block and it.block.options for it in changed] == [{"fails": "nIvalid"}]


def test_what_can_be_wrong_in_a_program(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {(it.kind, it.was, it.now) for it in all_of(block(CODE, "python"), monkeypatch)}
    assert ("changed text", '"Hello"', '"eHllo"') in made
    assert ("misspelt name", "environ", "neviron") in made
    assert ("changed number", "200", "201") in made
    assert not [it for it in made if "docstring" in it[1]]


# Newer Pythons than 3.11 take the marked strings apart; 3.14 has t-strings, and before 3.12 a quote ends any string.
@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('x = f"hello"', ['f"hello"→f"ehllo"']),
        ('x = f"hello {name}"', ['f"hello {name}"→f"ehllo {name}"']),
        ("x = fr'a {name:>{width}} b'", ["fr'a {name:>{width}} b'→fr'a {name:>{iwdth}} b'"]),
        ("x = rb'work' + F'{one!r}'", ["F'{one!r}'→F'{noe!r}'", "rb'work'→rb'owrk'"]),
        ("x = f'a {f\"b {inner}\"} c'", ["f'a {f\"b {inner}\"} c'→f'a {f\"b {niner}\"} c'"]),
        ('x = f"a {rows["key"]} b"', ['f"a {rows["→f"a {orws["', "key→eky"]),
        ('x = t"hello {name}"', ['t"hello {name}"→t"ehllo {name}"']),
        ('x = f"""one\n{two}"""', []),
        ('f"""A docstring."""\n"""And {one} more."""', []),
        ("x = 0x1f + 1_000 + 2.5e3 + .5j", [".5j→.6j", "0x1f→1x1f", "1_000→2_000", "2.5e3→3.5e3"]),
        ('x = "left open\ny = 12', ["12→13", "left→elft", "open→poen"]),
        ("x = 1 $ two ? 'three", ["1→2", "three→htree", "two→wto"]),
    ],
)
def test_what_is_changed_is_the_same_on_each_python(
    monkeypatch: pytest.MonkeyPatch, text: str, made: list[str]
) -> None:
    assert sorted(f"{it.was}→{it.now}" for it in all_of(block(text, "python"), monkeypatch)) == made


def test_a_listing_is_taken_apart_as_python_does(manifest: Manifest) -> None:
    sorts = {tokenize.NAME: "name", tokenize.NUMBER: "number", tokenize.STRING: "text", tokenize.COMMENT: "comment"}
    compared = 0
    for each in {it.text for it in manifest.blocks if it.language == "python"}:
        tokens = list(tokenize.generate_tokens(io.StringIO(each).readline))
        if not any("FSTRING" in tokenize.tok_name[it.type] for it in tokens):
            compared += 1
            ours = [(it.lastgroup, it[0]) for it in PYTHON.finditer(each)]
            assert ours == [(sorts[it.type], it.string) for it in tokens if it.type in sorts]
    assert compared > 50


@pytest.mark.parametrize("language", ["bash", "ini", "nginx"])
def test_a_comment_claims_nothing(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    text = "# first\nserver_name example  # second\n"
    assert sorted(it.was for it in all_of(block(text, language), monkeypatch)) == ["example", "server_name"]
    assert len(all_of(block(text, "text"), monkeypatch)) == 4


@pytest.mark.parametrize(
    "command", ["curl x", "sudo apachectl -t", "apachectl -S", "sudo tail -n 1 /x", "ps -o pid", "sudo cat /x"]
)
def test_a_command_that_only_looks_is_not_removed(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    assert LOOKS.match(command)
    kinds = {it.kind for it in all_of(block(f"$ {command}\nx", "console"), monkeypatch)}
    assert "removed command" not in kinds


@pytest.mark.parametrize("command", ["sudo a2ensite x", "sudo systemctl reload x", "cattle", "sudo rm x", "touch x"])
def test_a_command_that_does_something_is_removed(monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    removed = [it for it in all_of(block(f"$ {command}", "console"), monkeypatch) if it.kind == "removed command"]
    assert [it.block for it in removed] == [None]


TEXTS = st.text(st.sampled_from("abf \n<>/=:$.\"\\80-#{}'"), max_size=60)


@given(TEXTS, st.sampled_from(["apache", "python", "text"]))
def test_a_mutant_is_one_change_of_one_line(text: str, language: str) -> None:
    of = block(text, language)
    made = mutants(of)
    assert made == mutants(of)
    assert len(made) <= MOST.get(language, OTHERWISE)
    for mutant in made:
        assert mutant.was != mutant.now
        if mutant.block is None:
            assert len(text.rstrip("\n").split("\n")) == 1
            continue
        before, after = text.rstrip("\n").split("\n"), mutant.block.text.split("\n")
        at = mutant.line
        assert before[:at] == after[:at]
        assert after[at:] == before[at + 1 :] or (after[at] != before[at] and after[at + 1 :] == before[at + 1 :])


@given(st.text(min_size=1))
def test_a_misspelt_word_is_another_word(word: str) -> None:
    assert misspelt(word) != word


def test_the_pages_blocks_have_enough_of_them(manifest: Manifest) -> None:
    for page in manifest.pages:
        for each in trials.own_blocks(manifest, page.page):
            lines = [line for line in each.text.split("\n") if line.strip()]
            least = {"apache": 3, "console": 2}.get(each.language, 1)
            assert len(mutants(each)) >= (least if len(lines) > 1 else least - 1), each.id


def test_what_is_for_other_labs_only_is_tried_on_the_first_of_these() -> None:
    both, other, rest = block(SITE), block(SITE, line=8, on="mod_wsgi-6 bookworm"), block(SITE, line=9, on="mod_wsgi-6")
    pages = Manifest((Page("p", "p.rst"),), (both, other, rest))
    tried = {(it.of.id, lab_of(it.of)) for it in trials.own_mutants(pages, "p")}
    assert tried == {("p.rst:7", "trixie"), ("p.rst:8", "bookworm"), ("p.rst:9", "mod_wsgi-6")}


# -- What becomes of them ------------------------------------------------------------------------

SURVIVOR = {"kind": "widened", "was": "/srv/x", "now": "/srv", "at": "p.rst:7", "digest": "1"}
ROW = {"page": "p", "kind": "widened", "was": "/srv/x", "now": "/srv", "reason": "unseen", "why": "nobody asks"}


def record(made: int = 100, killed: int = 99, *survivors: dict[str, str]) -> dict[str, Any]:
    return {"pages": {"p": {"key": "k", "made": made, "killed": killed, "survivors": list(survivors)}}}


def test_nothing_is_wrong_with_a_survivor_that_has_its_reason() -> None:
    assert ledger.faults(record(100, 99, SURVIVOR), [ROW]) == []
    assert ledger.faults(record(100, 100), []) == []


@pytest.mark.parametrize(
    ("recorded", "rows", "said"),
    [
        (record(100, 99, SURVIVOR), [], "p.rst:7: not noticed: widened: '/srv/x' → '/srv'"),
        (record(100, 99, SURVIVOR), [ROW | {"page": "q"}], "p.rst:7: not noticed"),
        (record(100, 100), [ROW], "tests/data/mutants.toml: stale: p: widened"),
        (record(100, 99, SURVIVOR), [ROW | {"reason": "lazy"}], "tests/data/mutants.toml: 'lazy' is not a reason"),
        (record(100, 99, SURVIVOR), [ROW | {"why": " "}], "is not a reason"),
    ],
)
def test_what_is_wrong_is_said(recorded: dict[str, Any], rows: list[dict[str, str]], said: str) -> None:
    assert any(said in fault for fault in ledger.faults(recorded, rows))


def test_too_few_are_told() -> None:
    assert ledger.too_few(record(100, 94)) == "94 of 100 mutants were noticed, 95% should be"
    assert ledger.too_few(record(100, 95)) == ""


def test_mutants_of_another_text_are_outdated() -> None:
    pages = (Page("p", "p.rst"), Page("q", "q.rst", "p"), Page("r", "r.rst"))
    blocks = tuple(block(SITE, line=n) for n in (1, 2, 3))
    before = Manifest(pages, tuple(Block(**{**vars(b), "page": p.page}) for b, p in zip(blocks, pages, strict=True)))
    recorded = {"pages": {page.page: {"key": trials.key(before, page.page)} for page in pages}}
    assert ledger.outdated(recorded, before) == []
    changed = Block(**{**vars(before.blocks[0]), "text": "Listen 1"})
    assert ledger.outdated(recorded, Manifest(pages, (changed, *before.blocks[1:]))) == ["p", "q"]
    assert ledger.outdated(recorded, Manifest(pages[:2], before.blocks[:2])) == ["r"]


# -- The pages' own ------------------------------------------------------------------------------


def test_the_record_fits_the_pages_and_the_ledger(manifest: Manifest) -> None:
    recorded = ledger.load()
    assert ledger.outdated(recorded, manifest) == sorted(ledger.owed()), "run `make mutants`, and put `owed` right"
    assert ledger.faults(recorded, ledger.ledger()) == []
