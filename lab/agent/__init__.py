"""The agent: the one process in a machine that does what the suite asks.

It is sent over ``exec -i`` as one file and run by the machine's own Python, as root, with nothing but the
standard library: ``__main__`` has what can be asked.

A snippet without sudo cannot reach this process, nor write a verdict of its own: see ``bash``. One
with sudo is root in the machine, and the agent sees what that root lets it see: the machine can lie
about itself, and about nothing else.
"""

from pathlib import Path

READER = "reader"
HOME = Path("/run/lab")  # gone with the next boot


class Failure(Exception):
    """What was asked cannot be done; the message is the answer."""
