"""What is said, to a person and to a program."""

from __future__ import annotations

import json
import re

from doctor.findings import BROKEN, HINT, LEVELS, NOT_AS_MEANT, RULES, Finding
from doctor.logs import Seen
from doctor.pages import addresses

#: The site's address; ``make site SITE_URL=…`` puts the real one here.
SITE = ""
LONGEST = 400  # letters of a line
COLOURS = {BROKEN: "31", NOT_AS_MEANT: "33", HINT: "36"}
SECRETS = re.compile(
    r"(?P<before>://[^/\s:@]+:)[^@\s/]+(?=@)|(?P<name>(?i:\w*(?:password|passwd|secret|token|api[_-]?key)\w*)['\"]?\s*[=:]\s*)\S+"
)


def hidden(text: str) -> str:
    """Return a text that can be shown: without passwords, tokens and control characters, and not too long."""
    text = "".join(letter if letter.isprintable() else "?" for letter in text[:LONGEST])
    return SECRETS.sub(lambda found: (found["before"] or found["name"]) + "***", text)


def page(id: str) -> str:
    """Return where something is explained."""
    return SITE + addresses()[id]


def text(found: list[Finding], seen: list[Seen], notes: list[str], hints: bool, colours: bool) -> str:
    """Return the report for a person.

    :param notes: what was read, and what could not be seen
    :param hints: whether hints are shown, too
    """
    shown = [finding for finding in found if hints or finding.rule.level != HINT]
    lines = []
    for finding in shown:
        level = finding.rule.level
        head = f"{hidden(str(finding.place))}: {level}: {finding.rule.title}"
        lines.append(f"\033[{COLOURS[level]}m{head}\033[0m" if colours else head)
        lines.append(f"    here:    {hidden(finding.what)}")
        lines.append(f"    why:     {finding.rule.why}")
        lines.append(f"    instead: {hidden(finding.instead)}")
        lines.append(f"    see:     {page(finding.rule.id)}")
        lines.append("")
    for one in seen:
        since = "" if one.whole else " since Apache last read its configuration"
        lines.append(f"{one.file}: {times(one.times)}{since}")
        lines.append(f"    {hidden(one.line[:300])}")
        lines += [f"    see:     {page(name)}" for name in one.pages]
        lines.append("")
    left = len(found) - len(shown)
    counts = [count(level, [one for one in found if one.rule.level == level]) for level in LEVELS]
    nothing = f"nothing{' else' if seen else ''} is wrong that can be seen from here"
    said = ", ".join(one for one in counts if one) or nothing
    lines.append(said + (" (--hints shows the hints)" if left else ""))
    return "\n".join([*notes, "", *lines] if shown or seen else [*notes, *lines])


def times(number: int) -> str:
    """Return how often something was seen."""
    return "once" if number == 1 else f"{number} times"


def count(level: str, found: list[Finding]) -> str:
    """Return how many findings of a level there are, in words."""
    if not found:
        return ""
    word = level + ("s" if level == HINT and len(found) > 1 else "")
    return f"{len(found)} {word}"


def as_json(found: list[Finding], seen: list[Seen], notes: list[str], reading: str) -> str:
    """Return the report for a program: ``findings``, ``log``, ``notes``, and ``reading``, for this tool's tests."""
    said = {
        "findings": [
            {
                "id": one.rule.id, "level": one.rule.level, "file": one.place.file, "line": one.place.line,
                "title": one.rule.title, "here": hidden(one.what), "why": one.rule.why, "instead": hidden(one.instead),
                "see": page(one.rule.id),
            }
            for one in found
        ],
        "log": [
            {
                "ids": list(one.pages), "file": one.file, "line": hidden(one.line[:1000]), "times": one.times,
                "see": [page(id) for id in one.pages],
            }
            for one in seen
        ],
        "notes": [hidden(note) for note in notes],
        "reading": reading,
    }  # fmt: skip
    return json.dumps(said, indent=1, ensure_ascii=False)


def sarif(found: list[Finding]) -> str:
    """Return the findings as SARIF 2.1.0, which services for pull requests show beside the lines."""
    levels: dict[str, str] = {BROKEN: "error", NOT_AS_MEANT: "warning", HINT: "note"}
    rules = sorted({one.rule for one in found})
    run = {
        "tool": {"driver": {"name": "wsgi-doctor", "rules": [
            {"id": one.id, "shortDescription": {"text": one.title}, "fullDescription": {"text": one.why}}
            for one in rules
        ]}},
        "results": [
            {
                "ruleId": one.rule.id, "level": levels[one.rule.level],
                "message": {"text": f"{one.rule.title}: {hidden(one.what)}. Instead: {one.instead}"},
                "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": one.place.file}, "region": {"startLine": max(1, one.place.line)},
                }}],
            }
            for one in found
        ],
    }  # fmt: skip
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=1)


def explained(id: str) -> str:
    """Return what a rule is.

    :raises KeyError: there is none of this name
    """
    one = RULES[id]
    return f"{one.id}: {one.level}\n{one.title}\n{one.why}\nsee: {page(id)}"
