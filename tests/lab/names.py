"""A name server that says what a test wants it to say: `names.py ZONE.json` answers at 127.0.0.1:53.

The zone maps a name to its SRV records ([[priority, weight, port, host], …]), to an address, or to
"broken" (SERVFAIL); a name that is not in it does not exist.
"""
# SPDX-License-Identifier: MIT
import json
import socket
import struct
import sys

A, SRV = 1, 33
NO_ERROR, SERVFAIL, NXDOMAIN = 0, 2, 3


def packed(name):
    """A name as it is sent (RFC 1035 §3.1)."""
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(query):
    """Its name, its kind, and its own bytes."""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    return ".".join(labels), struct.unpack_from("!H", query, at + 1)[0], query[12:at + 5]


def records(known, kind):
    if kind == A and isinstance(known, str):
        yield socket.inet_aton(known)
    if kind == SRV and isinstance(known, list):
        for priority, weight, port, host in known:
            yield struct.pack("!HHH", priority, weight, port) + packed(host)


def answer(zone, query):
    name, kind, asked = question(query)
    known = zone.get(name)
    code = NXDOMAIN if known is None else SERVFAIL if known == "broken" else NO_ERROR
    found = [] if code else list(records(known, kind))
    head = query[:2] + struct.pack("!HHHHH", 0x8580 | code, 1, len(found), 0, 0)
    rows = (b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(row)) + row for row in found)
    return head + asked + b"".join(rows)


def main(path):
    with open(path, encoding="utf-8") as file:
        zone = json.load(file)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        port.bind(("127.0.0.1", 53))
        print(json.dumps({"event": "ready"}), flush=True)
        while True:
            query, whence = port.recvfrom(2048)
            port.sendto(answer(zone, query), whence)


if __name__ == "__main__":
    main(sys.argv[1])
