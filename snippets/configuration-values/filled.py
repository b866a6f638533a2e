"""Has its setting in ``os.environ`` before it imports the application that wants it there."""

import os
import tomllib
from pathlib import Path

os.environ["COLOUR"] = tomllib.loads(Path("/etc/probe/settings.toml").read_text())["colour"]

from required import application
