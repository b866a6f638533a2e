"""What a machine's Python is given on its command line: it takes the agent's archive from standard input.

The archive stays in memory, and nothing of it is on the machine's disk.
"""

import os
import sys

archive = os.memfd_create("agent")
with open(archive, "wb", closefd=False) as file:
    file.write(sys.stdin.buffer.read(int(sys.stdin.buffer.readline())))
sys.path.insert(0, f"/proc/self/fd/{archive}")

from lab.agent.__main__ import main  # noqa: E402

main()
