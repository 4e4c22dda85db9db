"""Numbered datagrams and when they came: what tests measure a link with. Runs as a program of its own.

`datagrams.py send ADDRESS PORT SIZE`: each line `COUNT EVERY_MS` on standard input sends so many, and is
answered by `sent`. `datagrams.py receive ADDRESS PORT`: each line is answered by `got`, with
[number, when it was sent, when it came] of those that came since; the clock is the machine's.
"""
# SPDX-License-Identifier: MIT
import json
import selectors
import socket
import struct
import sys
import time

HEAD = struct.Struct("!Id")


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def send(address, port, size):
    number = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.connect((address, int(port)))
        tell("ready")
        for line in sys.stdin:
            count, every = line.split()
            due = time.monotonic()
            for _ in range(int(count)):
                time.sleep(max(0, due - time.monotonic()))
                due += float(every) / 1000
                out.send(HEAD.pack(number, time.monotonic()).ljust(int(size), b"."))
                number += 1
            tell("sent", total=number)


def receive(address, port):
    got = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as into, selectors.DefaultSelector() as selector:
        into.bind((address, int(port)))
        into.setblocking(False)
        selector.register(into, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        tell("ready")
        while True:
            asked = any(key.fileobj is sys.stdin for key, _ in selector.select())
            got += drained(into)
            if asked:
                if not sys.stdin.readline():
                    return
                tell("got", frames=got)
                got = []


def drained(into):
    while True:
        try:
            data = into.recv(2000)
        except BlockingIOError:
            return
        yield [*HEAD.unpack_from(data), time.monotonic()]


if __name__ == "__main__":
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
