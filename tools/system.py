"""What this machine is, as far as it decides what to type."""

from __future__ import annotations

from pathlib import Path

OS_RELEASE = Path("/etc/os-release")


def distribution(os_release: Path = OS_RELEASE) -> str:
    """Return ``debian`` or ``ubuntu``, for what is made from them too, or nothing: no Linux, or another."""
    try:
        rows = [line.partition("=") for line in os_release.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return ""
    said = {name: value.strip("\"'") for name, _, value in rows}
    own = [said.get("ID", ""), *said.get("ID_LIKE", "").split()]
    return next((name for name in ("ubuntu", "debian") if name in own), "")
