"""What runs on GitHub: all that is promised, with no more rights than it needs, by commands that there are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lab import image
from project import ROOT
from tools import matrix

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
Job = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    return dict(YAML(typ="safe", pure=True).load(path))


def jobs() -> dict[str, Job]:
    return {name: job for path in WORKFLOWS for name, job in read(path)["jobs"].items()}


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, step) for name, job in jobs().items() for step in job["steps"])


# -- What is promised ----------------------------------------------------------------------------


def test_the_pythons_that_are_promised_are_all_from_the_oldest_on() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())
    oldest = metadata["project"]["requires-python"].removeprefix(">=")
    minor = int(oldest.removeprefix("3."))
    assert matrix.pythons() == [f"3.{minor + n}" for n in range(len(matrix.pythons()))]
    assert metadata["tool"]["mypy"]["python_version"] == oldest
    readme = (ROOT / "README.md").read_text()
    assert f"You need Python {oldest} or newer" in readme
    assert f"run on {oldest} to {matrix.pythons()[-1]}." in readme
    assert f"sys.version_info < (3, {minor})" in (ROOT / "Makefile").read_text()


def test_what_runs_side_by_side_is_told_without_any_package(tmp_path: Path) -> None:
    told = tmp_path / "told"
    (tmp_path / "python3").write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    (tmp_path / "python3").chmod(0o755)
    command = next(step["run"] for step in jobs()["promised"]["steps"] if step.get("id") == "told")
    paths = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(told), "PYTHONPATH": ""}
    subprocess.run(["bash", "-c", command], cwd=ROOT, env=os.environ | paths, check=True)
    names, labs = (", ".join(f'"{it}"' for it in names) for names in (matrix.pythons(), image.LABS))
    assert told.read_text() == f"pythons=[{names}]\nlabs=[{labs}]\n"
    assert next(iter(image.LABS)) == image.DEFAULT  # the lab of the job that does everything


def test_what_runs_side_by_side_is_not_typed() -> None:
    axes = [str(axis) for job in jobs().values() for axis in job.get("strategy", {}).get("matrix", {}).values()]
    assert axes == ["${{ fromJSON(needs.promised.outputs.pythons) }}", "${{ fromJSON(needs.promised.outputs.labs) }}"]
    for path in WORKFLOWS:
        assert not re.search(r"\b3\.1\d\b", path.read_text())


# -- What it may ---------------------------------------------------------------------------------


def test_a_job_has_the_rights_that_it_needs_and_a_change_can_only_read() -> None:
    assert [read(path)["permissions"] for path in WORKFLOWS] == [{}] * len(WORKFLOWS)
    more = {name: job["permissions"] for name, job in jobs().items() if job["permissions"] != {"contents": "read"}}
    assert more == {
        "site": {"contents": "read", "pages": "read"},
        "publish": {"pages": "write", "id-token": "write"},
    }
    assert "github.event_name != 'pull_request'" in jobs()["site"]["if"]
    assert jobs()["publish"]["needs"] == "site"
    assert [
        step for _, step in steps() if "checkout@" in step.get("uses", "") and step["with"]["persist-credentials"]
    ] == []


def test_nothing_is_published_that_was_not_checked() -> None:
    needed, left = set[str](), ["site"]
    while left:
        needs = jobs()[left.pop()].get("needs", [])
        left += (found := {needs} if isinstance(needs, str) else {*needs})
        needed |= found
    assert needed == jobs().keys() - {"site", "publish", "links"}


def test_actions_are_pinned_by_commit_and_something_moves_the_pins() -> None:
    text = "".join(path.read_text() for path in WORKFLOWS)
    used = re.findall(r"uses: *(.*)", text)
    assert [it for it in used if not re.fullmatch(r"[\w-]+/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+", it)] == []
    assert len({it.partition("@")[0] for it in used}) == len(set(used))  # the same commit of an action everywhere
    moved = {(it["package-ecosystem"], it["directory"]) for it in read(ROOT / ".github/dependabot.yml")["updates"]}
    assert moved == {("github-actions", "/"), ("pip", "/"), ("npm", "/tools/browser_machine")}


# -- What it runs --------------------------------------------------------------------------------


def commands() -> dict[str, str]:
    """Return what is run, by where it stands."""
    found = {".ci/run": (ROOT / ".ci/run").read_text()}
    found |= {f"{name} {n}": step["run"] for n, (name, step) in enumerate(steps()) if "run" in step}
    found[".readthedocs.yaml"] = "\n".join(read(ROOT / ".readthedocs.yaml")["build"]["commands"])
    return found


def test_each_command_of_make_is_there() -> None:
    rules = re.findall(r"^([a-z -]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    targets = {name for names in rules for name in names.split()}
    typed = {
        word
        for text in commands().values()
        for line in re.findall(r"^(?:timeout \d+ )?make (.*?)(?: #.*| &)?$", text, re.MULTILINE)
        for word in re.sub(r'\w+=("[^"]*"|\S*)', "", line).split()
    }
    assert typed >= {"serve", "test", "unit", "snippets-test", "merge", "site", "linkcheck", "transcripts"}
    assert typed <= targets


def test_a_checkout_of_another_owner_is_not_misread() -> None:
    """There, git compares two folders with each other if it is asked what has changed in them."""
    assert [
        place for place, text in commands().items() if re.search(r"^[^#]*\bgit (diff|status)", text, re.MULTILINE)
    ] == []


def test_the_gate_begins_with_the_first_command_of_the_readme() -> None:
    made = re.findall(r"^(?:timeout \d+ )?make ([\w-]+)", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    assert made[0] == "serve"
    assert "make serve " in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", ["gate", "labs", "docker"])
def test_what_failed_is_kept(name: str) -> None:
    kept = [step["with"]["path"] for step in jobs()[name]["steps"] if step.get("if") == "${{ !cancelled() }}"]
    assert kept == ["build/failed\nbuild/junit\n"]


def test_what_pages_print_in_the_gate_is_no_command_to_github() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()
    (at,) = (n for n, line in enumerate(lines) if "::stop-commands::" in line)
    assert lines[at + 1] == "make transcripts"
    for environment, said in (({"GITHUB_ACTIONS": "true"}, r"::stop-commands::[0-9a-f]{32}\n"), ({}, "")):
        clean = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"}
        command = ["bash", "-euo", "pipefail", "-c", lines[at]]
        done = subprocess.run(command, env=clean | environment, capture_output=True, text=True, check=True)
        assert re.fullmatch(said, done.stdout)
