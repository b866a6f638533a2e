"""The doctor as one file, and its tables against the pages."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from doctor import command
from doctor.findings import RULES
from doctor.groups import NUMBERS
from doctor.loading import DIRECTIVES, OF_ONE_VERSION
from doctor.messages import logged
from doctor.pages import addresses
from doctor.refused import NOT_IN_A_DIRECTORY, OF_THE_SERVER, OPTIONS
from doctor.versions import GONE_IN_6, NEW_IN_6
from onefile import joined
from project import ROOT


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("doctor") / "wsgi-doctor.py"
    path.write_text(joined(site="https://example.org/"))
    return path


def test_it_is_written_for_python_3_8(program: Path) -> None:
    ast.parse(program.read_text(), feature_version=(3, 8))


def test_it_needs_nothing_but_the_standard_library(program: Path) -> None:
    tree = ast.parse(program.read_text())
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
    assert not names & {"socket", "urllib", "urllib.request", "http.client", "shutil", "tempfile"}


def test_it_opens_files_only_to_read(program: Path) -> None:
    for node in ast.walk(ast.parse(program.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            assert [ast.literal_eval(mode) for mode in node.args[1:]] in ([], ["rb"])


def test_it_does_what_its_modules_do(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.conf").write_text("WSGIDaemonProcess a threads=five\nWSGIScriptAlias / /srv/a/wsgi.py\n")
    arguments = ["--text", str(tmp_path / "a.conf"), "--hints"]
    done = subprocess.run([sys.executable, "-I", program, *arguments], capture_output=True, text=True, check=False)
    assert (command.main(arguments), capsys.readouterr().out) == (
        done.returncode, done.stdout.replace("https://example.org/", ""),
    )  # fmt: skip
    assert "https://example.org/troubleshooting/403-and-404/ah01630.html" in done.stdout


def test_a_text_is_checked_where_python_has_no_accounts(program: Path, tmp_path: Path) -> None:
    # As on Windows, and in a browser.
    without = (
        f"import runpy, sys; sys.modules.update(pwd=None, grp=None); runpy.run_path({str(program)!r}, None, '__main__')"
    )
    options = "user=nobody group=nogroup home=/srv/a python-home=/srv/v python-path=/srv/a:/srv/b threads=five"
    (tmp_path / "a.conf").write_text(
        f"WSGIDaemonProcess a {options}\nWSGIScriptAlias / /srv/a/wsgi.py process-group=a\n"
    )
    command = [sys.executable, "-I", "-c", without, "--text", str(tmp_path / "a.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "threads=five" in done.stdout


def test_two_modules_with_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('MODULES = ("a", "b")\n')
    (tmp_path / "a.py").write_text("def same() -> None: ...\n")
    (tmp_path / "b.py").write_text("same = 1\n")
    with pytest.raises(ValueError, match=r"doctor/b\.py: same is a name of doctor/a\.py, too"):
        joined(tmp_path)


def test_every_module_is_joined() -> None:
    listed = joined().count(f"\n# {'-' * 30} ")
    assert listed == len([path for path in (ROOT / "doctor").glob("*.py") if path.name != "__init__.py"])


def test_every_rule_and_message_has_its_page() -> None:
    ids = set(RULES) | {name for _, pages in logged() for name in pages}
    assert ids == set(addresses())
    for name, address in addresses().items():
        page, anchor = address.split(".html")
        source = page if anchor else page.rsplit("/", 1)[0]
        assert f"\n.. _{name}:\n" in (ROOT / f"tutorial/{source}.rst").read_text()
        assert anchor in ("", f"#{name}")


def test_the_messages_are_those_of_the_list_of_symptoms() -> None:
    index = (ROOT / "tutorial/troubleshooting/index.rst").read_text()
    rows = re.findall(r"   \* - (.*?)\n     - (.*?)(?=\n   \* - |\n\n|\Z)", index, re.DOTALL)
    shown: dict[tuple[str, ...], list[str]] = {}
    for said, why in rows:
        messages = [" ".join(message.split()) for message in re.findall(r"``(.*?)``", said, re.DOTALL)]
        labels = re.findall(r"<([\w-]+)>", " ".join(why.split()))
        if said.startswith("``") and labels:
            shown[tuple(labels)] = shown.get(tuple(labels), []) + messages
    for messages, pages in logged():
        assert set(messages) <= set(shown[tuple(pages)])
    told = {message for messages, _ in logged() for message in messages}
    left = {message for messages in shown.values() for message in messages if message not in told}
    assert left == NOT_IN_A_LOG


#: What the list has and no error log says: what a command prints, a page shows, or what says too little by itself.
NOT_IN_A_LOG = {
    "caught SIGWINCH, shutting down gracefully",  # each stop by systemd says it, too
    "AH00492",
    "AH00170",
    "'cgi'",
    "/",
    "//",
    "/admin",
    "/admin/",
    "/var/www",
    "Argument for 'Require all' must be 'granted' or 'denied'",
    "ERROR: Site … does not exist!",
    "Job for apache2.service failed",
    "The 'apxs' command appears not to be installed",
}


def test_what_versions_have_is_what_their_modules_say() -> None:
    recorded = json.loads((ROOT / "snippets/recorded/reference.json").read_text())
    names = recorded["directives"] | recorded["options"]
    only = {name: [lab for lab in said if lab.startswith("@")] for name, said in names.items()}
    assert set(NEW_IN_6) == {name for name, labs in only.items() if labs == ["@mod_wsgi-6"]}
    assert set(GONE_IN_6) == {name for name, labs in only.items() if labs == ["@bookworm trixie"]}
    assert set(OF_ONE_VERSION) == {name for name in (*NEW_IN_6, *GONE_IN_6) if name.islower()}
    assert {*DIRECTIVES} == {*recorded["directives"]}


def test_where_directives_may_stand_is_what_the_modules_say() -> None:
    recorded = json.loads((ROOT / "snippets/recorded/reference.json").read_text())
    said = {
        name: facts.get("contexts") or next(one["contexts"] for lab, one in facts.items() if lab.startswith("@"))
        for name, facts in recorded["directives"].items()
    }
    assert {*OF_THE_SERVER} == {name for name, contexts in said.items() if "cannot occur" in str(contexts["vhost"])}
    assert {*NOT_IN_A_DIRECTORY} == {
        name for name, contexts in said.items() if "not allowed" in str(contexts["directory"])
    }
    assert {*OPTIONS} == {*recorded["options"]}


def test_numbers_are_what_the_modules_take_as_numbers() -> None:
    recorded = json.loads((ROOT / "snippets/recorded/reference.json").read_text())["options"]
    assert {*recorded} >= NUMBERS
