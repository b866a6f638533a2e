"""Uploads slowly. Takes how many bytes to promise, how many of them to send each second, and for how many seconds."""

import select
import socket
import sys

promised, each, seconds = map(int, sys.argv[1:])
request = f"POST / HTTP/1.1\r\nHost: probe.localhost\r\nConnection: close\r\nContent-Length: {promised}\r\n\r\n"
with socket.create_connection(("localhost", 80)) as connection:
    connection.sendall(request.encode())
    for _ in range(seconds):
        if select.select([connection], [], [], 1)[0]:
            break
        connection.sendall(bytes(each))
    print(connection.makefile().readline().strip())
