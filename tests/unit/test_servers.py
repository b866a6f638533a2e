"""The comparison of servers: what is read, worked out and drawn, and that the tutorial says what was measured."""

from __future__ import annotations

import json
import re
import time
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from lab.machine import Machine
from project import ROOT
from tests.unit.test_diagrams import COLOURS
from tools.servers import bench, client, plots
from tools.servers.bench import BenchError
from tools.servers.plots import REFERENCE

PAGE = ROOT / "tutorial/which-one.rst"
SAID = """\
Running 2s test @ http://127.0.0.1:8000/
  1 threads and 8 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.53ms    2.87ms  36.17ms   93.11%
    Req/Sec     9.60k     1.70k   13.00k    70.00%
  Latency Distribution
     50%  716.00us
     75%    1.10ms
     90%    1.90ms
     99%    1.02s
  19109 requests in 2.00s, 4.85MB read
  Socket errors: connect 0, read 19109, write 0, timeout 0
Requests/sec:   9550.31
Transfer/sec:      2.42MB
""".replace("1.02s", "1.02s ")  # wrk aligns its units


def round_(requests: float = 5000, cpu: float = 0.2, **other: float) -> dict[str, float]:
    return {"requests": requests, "p50": 1, "p90": 2, "p99": 40, "cpu": cpu, "memory": 16, **other}


def record(*servers: dict[str, Any]) -> plots.Record:
    labs = {"trixie": {"debian": "13", "python": "3.13.5"}, "bookworm": {"debian": "12"}}
    return {"when": "2026-05-04", "load": {}, "labs": labs, "servers": list(servers)}


def server(name: str, *rounds: dict[str, float], lab: str = "trixie") -> dict[str, Any]:
    return {"name": name, "lab": lab, "rounds": list(rounds)}


SMALL = record(
    server("a <slow> one", round_(10, 20), round_(30, 26), round_(20, 24)),
    server(REFERENCE, round_(5000), round_(4000), round_(6000)),
    server("old", round_(1000), lab="bookworm"),
    server(REFERENCE, round_(2000), lab="bookworm"),
)

# -- What is read --------------------------------------------------------------------------------


def test_what_the_load_says_is_read() -> None:
    assert bench.parse(SAID) == {"count": 19109, "requests": 9550.31, "p50": 0.716, "p90": 1.9, "p99": 1020}


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("connect 0", "connect 8", "connect 8"),
        ("timeout 0", "timeout 3", "timeout 3"),
        ("Requests/sec", "  Non-2xx or 3xx responses: 7\nRequests/sec", "Non-2xx or 3xx responses: 7"),
        (SAID, "unable to connect to 127.0.0.1:8000 Connection refused\n", "did not get through: unable to connect"),
        ("19109 requests in", "0 requests in", "did not get through"),
    ],
)
def test_a_load_that_was_not_answered_is_no_measurement(was: str, now: str, said: str) -> None:
    with pytest.raises(BenchError, match=said):
        bench.parse(SAID.replace(was, now))


def test_durations_are_read() -> None:
    assert [bench.milliseconds(it) for it in ("250.00us", "1.5ms", "2.00s", "1.10m")] == [
        0.25,
        1.5,
        2000,
        66000,
    ]


@pytest.mark.parametrize("text", ["usage_usec 1500000\nuser_usec 1\n", "1500000000\n"], ids=["v2", "v1"])
def test_cpu_time_is_read_from_either_version_of_control_groups(text: str) -> None:
    assert client.cpu_seconds(text) == 1.5


@pytest.mark.parametrize("text", ["anon 4096\nfile 9\n", "rss 1\ntotal_rss 4096\n"], ids=["v2", "v1"])
def test_memory_is_read_from_either_version_of_control_groups(text: str) -> None:
    assert client.own_memory(text) == 4096


def test_a_machine_without_control_groups_says_so(tmp_path: Path) -> None:
    with pytest.raises(client.Fault, match="no memory control group"):
        client.counter("memory", ("memory.stat", "memory.stat"), tmp_path)


def test_all_servers_are_measured_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []

    def measure(_: Machine, its: bench.Server) -> dict[str, float]:
        turns.append(its.name)
        return round_()

    monkeypatch.setattr(bench, "measure", measure)
    rounds = bench.run(dict.fromkeys(bench.PACKAGES), time.monotonic() + 60)  # type: ignore[arg-type]
    assert turns == bench.ROUNDS * [it.name for it in bench.SERVERS]
    assert {len(done) for done in rounds} == {bench.ROUNDS}


def test_less_than_two_rounds_are_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 100))
    monkeypatch.setattr(bench, "measure", lambda *_: round_())
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with pytest.raises(BenchError, match="too busy"):
        bench.run(dict.fromkeys(bench.PACKAGES), 250)  # type: ignore[arg-type]


# -- What is worked out --------------------------------------------------------------------------


def test_a_server_is_its_median() -> None:
    assert plots.medians(SMALL)[0].values == round_(20, 24)


def test_the_largest_difference_between_rounds_is_found() -> None:
    assert plots.spread(SMALL, "requests") == 3


def test_two_digits_count() -> None:
    numbers = (0.0141, 0.2, 1, 1.449, 9.96, 23.4, 99.6, 143, 14432)
    written = ["0.014", "0.20", "1.0", "1.4", "10.0", "23", "100", "140", "14,000"]
    assert [plots.digits(number) for number in numbers] == written


def test_ratios_are_written_for_sentences() -> None:
    assert [plots.about(it) for it in (110.7, 1.25, 0.56)] == [
        "about 110 times",
        "about 1.2 times",
        "about 56 % of",
    ]


def test_the_table_compares_on_the_same_release() -> None:
    rows = re.findall(r"\* - (.*)\n +- (.*)\n +- (.*)\n +- (.*)", plots.table(SMALL))
    assert rows[1:] == [
        ("a <slow> one", "0.0040", "120", "1.0"),
        (REFERENCE, "1", "1", "1"),
        ("old (Debian 12)", "0.50", "1.0", "1.0"),
        (f"{REFERENCE} (Debian 12)", "1", "1", "1"),
    ]


# -- What is drawn -------------------------------------------------------------------------------

DRAWN = plots.plots(SMALL)
SVG = "{http://www.w3.org/2000/svg}"


def number(element: ET.Element, name: str) -> float:
    return float(element.attrib[name])


@pytest.mark.parametrize("name", DRAWN)
def test_a_plot_stands_alone_and_can_be_read(name: str) -> None:
    root = ET.fromstring(DRAWN[name])
    assert [it.tag for it in root][:2] == [SVG + "title", SVG + "desc"]
    assert "a <slow> one" in (root[1].text or "")
    assert not re.search(r"<script|href|url\(|@import|@font-face", DRAWN[name])
    used = {it.get(what) for it in root.iter() for what in ("fill", "stroke")} - {None}
    assert used <= {*COLOURS}  # and so the page turns it round in the dark, as the diagrams
    for it in root.iter(SVG + "text"):
        wide = 7.8 * len(it.text or "")  # a wide letter
        begin = number(it, "x") - {"end": wide, "middle": wide / 2}.get(it.get("text-anchor", ""), 0)
        assert begin > -8, it.text
        assert begin + wide < number(root, "width") + 8, it.text
        assert number(it, "y") < number(root, "height")


@pytest.mark.parametrize("name", DRAWN)
def test_the_best_comes_first_and_mod_wsgi_is_marked(name: str) -> None:
    key = {"servers-requests.svg": "requests", "servers-latency.svg": "p50", "servers-cpu.svg": "cpu"}.get(
        name, "memory"
    )
    root = ET.fromstring(plots.plots(MEASURED)[name])
    names = [it for it in root.iter(SVG + "text") if it.get("text-anchor") == "end"]
    for rows in (ON_13, ON_12):
        drawn, names = [it.text for it in names[: len(rows)]], names[len(rows) :]
        assert drawn == (order(rows, key)[::-1] if key == "requests" else order(rows, key))
    marked = {it.text for it in root.iter(SVG + "text") if it.get("fill") == plots.OWN}
    assert marked == {"mod_wsgi daemon", "mod_wsgi embedded"}


def test_bars_are_as_long_as_their_numbers() -> None:
    lengths = [number(it, "width") for it in ET.fromstring(DRAWN["servers-requests.svg"]).iter(SVG + "rect")]
    assert lengths[0] / lengths[2] == pytest.approx(5000 / 2000, rel=0.01)
    assert lengths[1] / lengths[0] == pytest.approx(20 / 5000, rel=0.3)  # less than a point would not be seen


def test_each_line_of_a_logarithmic_scale_is_ten_times_the_last() -> None:
    root = ET.fromstring(DRAWN["servers-cpu.svg"])
    lines = [number(it, "x1") for it in root.iter(SVG + "line")]
    dots = [number(it, "cx") for it in root.iter(SVG + "circle")]
    assert {round(b - a) for a, b in pairwise(lines)} == {round(lines[1] - lines[0])}
    assert lines[0] < dots[0] < lines[1] < lines[2] < dots[1] < lines[3]  # 0.1, 1, 10 and 100; 0.2 and 24


# -- What the tutorial says ----------------------------------------------------------------------

MEASURED = json.loads(plots.RECORD.read_text())
LABS = ("trixie", "bookworm")


def test_plots_words_and_table_are_of_the_record() -> None:
    found = {path: path.read_text() for path in plots.files(MEASURED)}
    assert found == plots.files(MEASURED), "run `python -m tools.servers.plots`"


def test_every_server_is_in_the_record_with_all_its_numbers() -> None:
    assert [(it["name"], it["lab"]) for it in MEASURED["servers"]] == [(it.name, it.lab) for it in bench.SERVERS]
    assert all(it.keys() == round_().keys() for row in MEASURED["servers"] for it in row["rounds"])


def test_the_page_takes_all_its_numbers_from_the_record() -> None:
    text = PAGE.read_text()
    assert set(re.findall(r"\|([a-z0-9-]+)\|", text)) == plots.words(MEASURED).keys()
    assert set(re.findall(r"recorded/(\S+)", text)) == {path.name for path in plots.files(MEASURED)} - {"servers.json"}
    assert not re.search(r"\d+(\.\d+)? times", text)


ON_13, ON_12 = ({row.name: row.values for row in plots.medians(MEASURED) if row.lab == lab} for lab in LABS)
CPU = {name: values["cpu"] for name, values in ON_13.items()}
BUT_CGI = [cpu for name, cpu in CPU.items() if name != "CGI"]
FRONTS = [CPU["nginx + gunicorn"], CPU["mod_proxy + gunicorn"]]


def order(rows: dict[str, dict[str, float]], key: str) -> list[str]:
    return sorted(rows, key=lambda name: rows[name][key])


# What the page says in words: another record could make it untrue.
CLAIMS = {
    "CGI has next to none; uWSGI has the longest bar on Debian 13": order(ON_13, "requests")[:: len(ON_13) - 1]
    == ["CGI", "uWSGI"],
    "CGI is far slower than all the others": CPU["CGI"] > 20 * max(BUT_CGI),
    "A web server in front costs CPU time": min(FRONTS) > 1.2 * CPU["gunicorn"],
    "Embedded mode takes": CPU["mod_wsgi embedded"] < 0.9 * CPU[REFERENCE],
    "cost about the same": max(*FRONTS, CPU[REFERENCE]) < 2 * min(*FRONTS, CPU[REFERENCE]),
    "Single processes have the shortest": {*order(ON_13, "memory")[:2]} == {"waitress", "wsgiref"},
    "mod_python on Debian 12 the longest": order(ON_12, "memory")[-1] == "mod_python",
    "you wouldn't notice a different choice, unless you chose CGI": max(BUT_CGI) < 0.05 * plots.WORK,
    f"Suppose that yours works for {plots.WORK} ms": True,
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_the_page_says_in_words_is_so(claim: str) -> None:
    assert claim in " ".join(PAGE.read_text().split())
    assert CLAIMS[claim], "measure again on a quiet machine, or mend the page"
