"""What both parts use: the settings, the messages, and the number of the release."""

import tomllib
from pathlib import Path

RELEASE = Path(__file__).resolve().parent.name
SETTINGS = tomllib.loads(Path("/etc/chat/settings.toml").read_text("utf-8"))
MESSAGES = Path("/var/lib/chat/messages.txt")


def add(text):
    """Keep a message."""
    with MESSAGES.open("a", encoding="utf-8") as file:
        file.write(text + "\n")


def everything():
    """Return all messages, the oldest first."""
    return MESSAGES.read_text("utf-8").splitlines() if MESSAGES.exists() else []
