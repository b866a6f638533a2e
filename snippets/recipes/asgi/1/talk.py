"""A client: python talk.py URL [MESSAGE]. Without a message it prints what the others say, until Ctrl-C."""

import random
import sys
import time

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

SERVER = ("localhost", 80)  # where to connect; with a host name that DNS knows, you don't need it


def say(url, message):
    """Send a message, and print what comes back."""
    with connect(url, address=SERVER) as connection:
        connection.send(message)
        print(connection.recv())


def listen(url):
    """Print what comes. When the connection ends, connect again."""
    while True:
        try:
            with connect(url, address=SERVER) as connection:
                print("connected", flush=True)
                while True:
                    print(connection.recv(), flush=True)
        except ConnectionClosed as error:
            print(error, flush=True)
        except InvalidStatus:  # such as 503, while the service restarts
            pass
        time.sleep(random.uniform(8, 12))


try:
    say(*sys.argv[1:]) if len(sys.argv) > 2 else listen(sys.argv[1])
except InvalidStatus as error:
    sys.exit(str(error))
except KeyboardInterrupt:
    pass
