"""What is made of ``snippets/recorded/servers.json``. In one piece: plots and words, from the same few numbers.

These are plots, and the words and ratios that the tutorial takes from it.
``python -m tools.servers.plots`` makes them again. A test compares them with the record, so the page cannot say what
was not measured.
"""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from project import ROOT
from tools import cli

RECORDED = ROOT / "snippets/recorded"
RECORD = RECORDED / "servers.json"
NOTE = ".. Written by make bench-servers from servers.json. Not to be edited.\n"
REFERENCE = "mod_wsgi daemon"  # measured on each release: what the others are compared with
WORK = 20  # milliseconds that the application of a sentence works on a request

Record = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A server's medians: requests a second, milliseconds, CPU seconds for 1000 requests, MB."""

    name: str
    lab: str
    values: dict[str, float]


Groups = Sequence[tuple[str, Sequence[Row]]]  # each under a name


def medians(record: Record) -> list[Row]:
    """Return each server with the medians of its rounds."""
    rows = []
    for it in record["servers"]:
        values = {key: statistics.median(one[key] for one in it["rounds"]) for key in it["rounds"][0]}
        rows.append(Row(it["name"], it["lab"], values))
    return rows


def spread(record: Record, key: str) -> float:
    """Return the largest ratio between two rounds of one server."""
    columns: list[list[float]] = [[one[key] for one in it["rounds"]] for it in record["servers"]]
    return max(max(column) / min(column) for column in columns)


# -- Words ---------------------------------------------------------------------------------------


def digits(number: float) -> str:
    """Write a number with two digits that count: ``140``, ``1.4``, ``0.014``."""
    if not number:
        return "0"
    places = 1 - math.floor(math.log10(abs(number)))
    return f"{round(number, places):,.{max(places, 0)}f}"


def about(ratio: float) -> str:
    """Write a ratio for a sentence: what follows is what the other one takes."""
    return f"about {digits(ratio)} times" if ratio >= 1 else f"about {digits(100 * ratio)} % of"


def words(record: Record) -> dict[str, str]:
    """Return what the tutorial's sentences take from the record, by the name they take it by."""
    rows = {(row.name, row.lab): row.values for row in medians(record)}

    def ratio(name: str, other: str, key: str) -> str:
        return about(rows[name, "trixie"][key] / rows[other, "trixie"][key])

    load, rounds = record["load"], [len(it["rounds"]) for it in record["servers"]]
    return {
        "servers-when": record["when"],
        "servers-on-13": _versions(record["labs"]["trixie"]),
        "servers-on-12": _versions(record["labs"]["bookworm"]),
        "servers-load": f"{load['connections']} connections for {load['seconds']} seconds, with {load['generator']}",
        "servers-cores": _count(load["cores"], "core"),
        "servers-rounds": _count(min(rounds), "round"),
        "requests-differ": about(spread(record, "requests")),
        "cpu-differs": about(spread(record, "cpu")),
        "cgi-cpu": ratio("CGI", REFERENCE, "cpu"),
        "cgi-latency": ratio("CGI", REFERENCE, "p50"),
        "nginx-cpu": ratio("nginx + gunicorn", "gunicorn", "cpu"),
        "apache-cpu": ratio("mod_proxy + gunicorn", "gunicorn", "cpu"),
        "proxy-cpu": ratio("mod_proxy + gunicorn", REFERENCE, "cpu"),
        "nginx-gunicorn-cpu": ratio("nginx + gunicorn", REFERENCE, "cpu"),
        "embedded-cpu": ratio("mod_wsgi embedded", REFERENCE, "cpu"),
        "daemon-share": f"about {digits(100 * rows[REFERENCE, 'trixie']['cpu'] / WORK)} %",
    }


def _count(number: int, what: str) -> str:
    """Write how many there are; few in a word."""
    few = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
    return f"{few.get(number, number)} {what}{'' if number == 1 else 's'}"


def _versions(lab: dict[str, str]) -> str:
    """Write what a release has, in order of the alphabet."""
    names = {"apache": "Apache", "python": "Python"}
    said = [f"{names.get(name, name)} {version}" for name, version in lab.items() if name not in ("debian", "wrk")]
    return f"Debian {lab['debian']}: {', '.join(sorted(said, key=str.lower))}"


def included(record: Record) -> str:
    """Return the words as the file of substitutions that the tutorial includes."""
    return "\n".join([NOTE, *(f".. |{name}| replace:: {_plain(text)}" for name, text in words(record).items())]) + "\n"


def _plain(said: str) -> str:
    """Return a text that goes where markup is read: it has none.

    :raises ValueError: it may have some
    """
    if re.search(r"[^\w <>,.:+~%()-]|_(?!\w)|::", said):
        raise ValueError(f"{said[:60]!r}: this is no text for a sentence")
    return said


def table(record: Record) -> str:
    """Return the table of ratios that the tutorial includes."""
    keys = {"requests": "Requests a second", "cpu": "CPU time", "memory": "Memory"}
    lines = [NOTE, ".. list-table::", "   :header-rows: 1", ""]
    lines += _cells("Server", *keys.values())
    rows = medians(record)
    reference = {row.lab: row.values for row in rows if row.name == REFERENCE}
    first = rows[0].lab
    for row in rows:
        ratios = ["1" if row.name == REFERENCE else digits(row.values[key] / reference[row.lab][key]) for key in keys]
        release = "" if row.lab == first else f" (Debian {record['labs'][row.lab]['debian']})"
        lines += _cells(row.name + release, *ratios)
    return "\n".join(lines) + "\n"


def _cells(*cells: str) -> list[str]:
    return [f"   {'* -' if n == 0 else '  -'} {_plain(cell)}" for n, cell in enumerate(cells)]


# -- Plots ---------------------------------------------------------------------------------------

WIDTH, LEFT, RIGHT, STEP = 440, 186, 60, 24
#: The diagrams' colours: what is compared in grey, mod_wsgi in the blue that it has there.
INK, GREY, OWN, PAPER = "#1e1e1e", "#555555", "#1d5c8c", "#ffffff"


def figure(title: str, description: str, height: float, marks: Iterable[str]) -> str:
    """Return a whole SVG of the diagrams' family: a page shows it on its own ground, and turns it round in the dark."""
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
        ' role="img" aria-labelledby="title desc"'
        f' font-family="Helvetica, Arial, sans-serif" font-size="15" fill="{INK}">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(description)}</desc>',
        *marks,
        "</svg>\n",
    ])  # fmt: skip


def colour(row: Row) -> str:
    """Return the colour of a server's marks."""
    return OWN if row.name.startswith("mod_wsgi") else GREY


def ranked(groups: Groups, key: str, *, most_first: bool = False) -> Groups:
    """Return the groups, the best of each first."""
    return [(name, sorted(rows, key=lambda row: row.values[key], reverse=most_first)) for name, rows in groups]


def text(x: float, y: float, said: str, *, anchor: str = "start", **other: str) -> str:
    """Return a text, from a point on, up to it or around it; with more attributes, a line in a name for a hyphen."""
    told = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in other.items())
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{told}>{escape(said)}</text>'


def lay_out(groups: Groups, top: float) -> Iterator[tuple[float, str | Row]]:
    """Yield the lines of a plot, each with the height of its middle: a group's name, or one of its rows."""
    y = top
    for name, rows in groups:
        y += STEP
        yield y, name
        for row in rows:
            y += STEP
            yield y, row


def labels(lines: Iterable[tuple[float, str | Row]]) -> Iterator[str]:
    """Yield the names at the left."""
    for y, what in lines:
        if isinstance(what, str):
            yield text(4, y + 5, what, font_weight="bold")
        elif colour(what) == OWN:
            yield text(LEFT - 8, y + 5, what.name, anchor="end", font_weight="bold", fill=OWN)
        else:
            yield text(LEFT - 8, y + 5, what.name, anchor="end")


def bars(title: str, groups: Groups, key: str) -> str:
    """Draw a bar for each row, from nought, with its number."""
    lines = list(lay_out(groups, 30))
    largest = max(what.values[key] for _, what in lines if isinstance(what, Row))
    marks = [text(4, 20, title), *labels(lines)]
    said = []
    for y, what in lines:
        if isinstance(what, Row):
            number = what.values[key]
            length = max((WIDTH - LEFT - RIGHT) * number / largest, 1)
            bar = f'<rect x="{LEFT}" y="{y - 8:g}" width="{length:.1f}" height="16" fill="{colour(what)}"/>'
            marks.append(bar)
            marks.append(text(round(LEFT + length + 6, 1), y + 5, digits(number)))
            said.append(f"{what.name} {digits(number)}")
    return figure(title, f"{'; '.join(said)}.", lines[-1][0] + STEP, marks)


def dots(title: str, groups: Groups, keys: dict[str, str]) -> str:
    """Draw one point for each row and key on a scale where each line is ten times the last."""
    lines = list(lay_out(groups, 30 if len(keys) == 1 else 54))
    numbers = [what.values[key] for _, what in lines if isinstance(what, Row) for key in keys]
    low, high = math.floor(math.log10(min(numbers))), math.ceil(math.log10(max(numbers)))
    bottom = lines[-1][0] + STEP

    def place(number: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(number) - low) / (high - low), 1)

    marks = [text(4, 20, title)]
    for power in range(low, high + 1):
        x = place(10.0**power)
        line = f'<line x1="{x:g}" x2="{x:g}" y1="{lines[0][0]:g}" y2="{bottom - 8:g}" stroke="{GREY}"'
        marks.append(f'{line} stroke-width="0.5" stroke-dasharray="2 3"/>')
        marks.append(text(x, bottom + 10, f"{10.0**power:,g}", anchor="middle"))
    if len(keys) > 1:
        for n, name in enumerate(keys.values()):
            marks += [_mark(n, LEFT + 76 * n, 44, GREY), text(LEFT + 76 * n + 12, 49, name)]
    marks += labels(lines)
    said = []
    for y, what in lines:
        if isinstance(what, Row):
            places = [place(what.values[key]) for key in keys]
            if len(keys) > 1:
                line = f'<line x1="{places[0]:g}" x2="{places[-1]:g}" y1="{y:g}" y2="{y:g}"'
                marks.append(f'{line} stroke="{colour(what)}" stroke-width="2"/>')
            marks += [_mark(n, x, y, colour(what)) for n, x in enumerate(places)]
            if len(keys) == 1:
                halo = {"stroke": PAPER, "stroke_width": "5", "paint_order": "stroke"}
                marks.append(text(places[0] + 10, y + 5, digits(what.values[next(iter(keys))]), **halo))
            said.append(f"{what.name} {', '.join(digits(what.values[key]) for key in keys)}")
    named = f"{', '.join(keys.values())}, on" if len(keys) > 1 else "On"
    return figure(title, f"{named} a logarithmic scale: {'; '.join(said)}.", bottom + 22, marks)


def _mark(n: int, x: float, y: float, fill: str) -> str:
    """Return the mark of one of up to three keys: they differ in shape, not in colour."""
    if n == 0:
        return f'<circle cx="{x:g}" cy="{y:g}" r="5" fill="{fill}"/>'
    if n == 1:
        return f'<circle cx="{x:g}" cy="{y:g}" r="4" fill="{PAPER}" stroke="{fill}" stroke-width="2"/>'
    return f'<rect x="{x - 2:g}" y="{y - 7:g}" width="4" height="14" fill="{fill}"/>'


def plots(record: Record) -> dict[str, str]:
    """Return the plots, by the names of their files."""
    rows = medians(record)
    groups = [
        (f"Debian {versions['debian']}", [row for row in rows if row.lab == lab])
        for lab, versions in record["labs"].items()
    ]
    shares = {"p50": "half", "p90": "90 %", "p99": "99 %"}
    return {
        "servers-requests.svg": bars(
            "Requests a second: more is better", ranked(groups, "requests", most_first=True), "requests"
        ),
        "servers-latency.svg": dots("Milliseconds to an answer: less is better", ranked(groups, "p50"), shares),
        "servers-cpu.svg": dots(
            "Seconds of CPU time for 1000 requests: less is better", ranked(groups, "cpu"), {"cpu": ""}
        ),
        "servers-memory.svg": bars("MB of memory: less is better", ranked(groups, "memory"), "memory"),
    }


def files(record: Record) -> dict[Path, str]:
    """Return a record and all that is made of it, by where it is written."""
    made = {"servers.json": json.dumps(record, indent=1) + "\n", **plots(record)}
    made |= {"servers-words.txt": included(record), "servers-table.txt": table(record)}
    return {RECORDED / name: content for name, content in made.items()}


def write(record: Record) -> list[Path]:
    """Write a record and all that is made of it; return where."""
    made = files(record)
    for path, content in made.items():
        path.write_text(content)
    return list(made)


def main() -> None:
    """Write anew what is made of the record."""
    write(json.loads(RECORD.read_text()))


if __name__ == "__main__":
    cli.run(main, "tools.servers.plots")
