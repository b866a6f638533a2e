"""What may stand where a reader is told versions: a machine has said it, and it is to be no more than a version."""

from __future__ import annotations

import re
from collections.abc import Mapping

VERSION = r"\d[\w.~+-]{0,39}"
FIELDS = {
    "debian": r"\d[\d.]{0,9}|[a-z]{1,20}/sid",  # as /etc/debian_version has it, in testing too
    "when": r"\d{4}-\d\d-\d\d",
    "archive": r"\d{4}-\d\d-\d\d",
    "image": r"[\w./:-]{1,100}",
}


def checked(told: Mapping[str, object]) -> dict[str, str]:
    """Return versions by name, as they are.

    :raises ValueError: one of them is something else; the message is one line
    """
    for name, value in told.items():
        if not isinstance(value, str) or not re.fullmatch(FIELDS.get(name, VERSION), value, re.ASCII):
            raise ValueError(f"{name[:40]!r} is no version: {str(value)[:40]!r}")
    return {name: str(value) for name, value in told.items()}
