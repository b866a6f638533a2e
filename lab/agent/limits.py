"""How long something is waited for, at most. Who asks the agent waits for longer."""

import os

#: How much longer all limits are, on a processor that is emulated: ``make test-hosts`` alone sets it.
SLOW = float(os.environ.get("LAB_PATIENCE", "1"))

# Seconds that something is waited for at most, beside a command's own limit.
BOOT = 30 * SLOW
OPENING = 10 * SLOW  # a terminal
IDLE = 1 * SLOW  # what is to be interrupted
RELOAD = 10 * SLOW  # until Apache's log tells of its end: 3 where a daemon process does not end by itself
OLD, NEW = 5 * SLOW, 3 * SLOW  # Apache's processes, to go and to come
NGINX = 5 * SLOW
#: Seconds that an answer may take beyond what was asked for; who asks waits for longer.
PATIENCE = OPENING + IDLE + RELOAD + OLD + NEW + NGINX
