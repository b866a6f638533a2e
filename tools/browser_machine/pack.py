"""Packs: what lessons read of the machine's files, in one download for each state that lessons start from.

The emulator fetches a file when the guest reads it, so that a lesson would take hundreds of requests, and the whole of
a library for a few of its pages. ``make record-lessons`` notes what was read; what no pack has comes as before.
"""

from __future__ import annotations

import json
import re
import struct
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

UNIT = 1 << 15  # bytes, in which _ext/inbrowser/static/inbrowser/files.js notes what was read
WHOLE = 8  # units: a file that is not longer goes in as a whole
GAP = 4  # units between two that were read: as many go along, since the guest reads ahead now more, now less

Reads = dict[str, str]  # what was read of files, by their paths: "0-5 9", units from 0


def ranges(units: Iterable[int]) -> str:
    """Write units down, those that follow one another as one."""
    runs: list[list[int]] = []
    for unit in sorted(set(units)):
        if runs and unit == runs[-1][1] + 1:
            runs[-1][1] = unit
        else:
            runs.append([unit, unit])
    return " ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def units(text: str) -> set[int]:
    """Read them back."""
    rows = [re.fullmatch(r"(\d+)(?:-(\d+))?", part) for part in text.split()]
    return {unit for row in rows if row for unit in range(int(row[1]), int(row[2] or row[1]) + 1)}


def union(all_reads: Iterable[Reads]) -> Reads:
    """Return what was read in one run or another."""
    found: dict[str, set[int]] = {}
    for reads in all_reads:
        for path, text in reads.items():
            found.setdefault(path, set()).update(units(text))
    return {path: ranges(found[path]) for path in sorted(found)}


def parts(read: set[int], size: int) -> list[tuple[int, int]]:
    """Return the parts of a file that go in, as offsets and lengths in bytes.

    :param size: of the file, in bytes
    """
    last = (size - 1) // UNIT
    wanted = set(range(last + 1)) if last < WHOLE else {unit for unit in read if unit <= last}
    runs: list[list[int]] = []
    for unit in sorted(wanted):
        if runs and unit <= runs[-1][1] + GAP:
            runs[-1][1] = unit
        else:
            runs.append([unit, unit])
    return [(first * UNIT, min((end + 1) * UNIT, size) - first * UNIT) for first, end in runs]


def pack(folder: Path, names: Mapping[str, str], reads: Reads) -> tuple[bytes, int]:
    """Return a pack, compressed, and how long it is when it is not; ``files.js`` reads it.

    :param folder: has the files, compressed
    :param names: of the files in it, by their paths in the guest
    """
    table: dict[str, list[tuple[int, int]]] = {}
    data = bytearray()
    for path, text in sorted(reads.items()):
        if (name := names.get(path)) and name not in table:
            content = subprocess.run(["zstd", "-dcq", folder / name], stdout=subprocess.PIPE, check=True).stdout
            table[name] = parts(units(text), len(content)) if content else []
            for offset, length in table[name]:
                data += content[offset : offset + length]
    head = json.dumps(table, separators=(",", ":")).encode()
    whole = struct.pack("<I", len(head)) + head + data
    command = ["zstd", "-q", "--ultra", "-22", "--long=27", f"--stream-size={len(whole)}", "-c"]
    return subprocess.run(command, input=whole, stdout=subprocess.PIPE, check=True).stdout, len(whole)
