"""A TCP relay that makes the way to a server longer, dead, or cut; runs as a program of its own.

`relay.py LISTEN TARGET DELAY_MS` forwards 127.0.0.1:LISTEN to 127.0.0.1:TARGET. Lines on its
standard input: `hold` lets nothing pass (and loses nothing), `go` lets it pass again, `cut` resets
every connection; each is answered by an event, so that a test knows when it holds. So is each
connection, once it is made: `taken`.
"""
# SPDX-License-Identifier: MIT
import asyncio
import json
import socket
import struct
import sys


class Relay:
    def __init__(self, target, delay):
        self.target, self.delay = target, delay
        self.writers = set()
        self.open = asyncio.Event()
        self.open.set()

    async def take(self, reader, writer):
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self.writers |= {writer, back}
        tell("taken")
        await asyncio.gather(self.forward(reader, back), self.forward(there, writer))
        self.writers -= {writer, back}

    async def forward(self, reader, writer):
        """In order, each piece `delay` after it came."""
        pieces = asyncio.Queue()
        late = asyncio.create_task(self.write(pieces, writer))
        try:
            while piece := await reader.read(65536):
                pieces.put_nowait((asyncio.get_running_loop().time() + self.delay, piece))
        except ConnectionError:
            pass
        pieces.put_nowait((asyncio.get_running_loop().time() + self.delay, None))
        await late

    async def write(self, pieces, writer):
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            await self.open.wait()
            if piece is None:
                writer.close()
                return
            try:
                writer.write(piece)
                await writer.drain()
            except ConnectionError:
                return

    def command(self, word):
        if word == "hold":
            self.open.clear()
        elif word == "go":
            self.open.set()
        elif word == "cut":
            for writer in self.writers:
                linger = struct.pack("ii", 1, 0)  # close as a reset
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger)
                writer.transport.abort()
        tell(word)


def tell(word):
    print(json.dumps({"event": word}), flush=True)


async def main(listen, target, delay):
    relay = Relay(int(target), int(delay) / 1000)
    await asyncio.start_server(relay.take, "127.0.0.1", int(listen))
    tell("ready")
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        relay.command(line.decode().strip())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
