"""A crowd: any number of people behind one component (XEP-0114); runs as a program of its own.

`crowd.py PORT DOMAIN` logs in at 127.0.0.1:PORT. Lines on its standard input are JSON orders; each is
answered by an event. Whatever is asked of the crowd it answers with an empty result.

- `{"do": "flood", "stanzas": [...], "count": N, "last": STANZA}` sends N stanzas, from the list in turn, with
  `@N@` replaced by the number of each, then `last`, a request whose answer shows that all was heard:
  `flooded`, with how many answers of which kind came to requests `f@N@`, and how many came twice.
- `{"do": "ask", "stanza": STANZA, "id": ID}` sends a request with that id, by default `ask`: `answered`, with the answer.
- `{"do": "tell", "stanza": STANZA}` sends it: `told`.
- `{"do": "play", "features": [...]}`: from now on it says that it has them, and tells each Jingle stanza as `jingle`.
- `{"do": "count"}`: `counted`, with the ids that were answered, and how often.
"""
# SPDX-License-Identifier: MIT
import asyncio
import collections
import hashlib
import json
import sys
import time
import xml.etree.ElementTree as tree

DISCO = "http://jabber.org/protocol/disco#info"
STREAM = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='{}'>"


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Crowd:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.parser = tree.XMLPullParser(["start", "end"])
        self.kinds, self.seen = collections.Counter(), set()
        self.waiting, self.answers = {}, collections.Counter()
        self.messages, self.features = 0, None

    async def log_in(self, domain):
        self.writer.write(STREAM.format(domain).encode())
        header = await self.event("start")
        secret = hashlib.sha1((header.get("id") + "crowd").encode()).hexdigest()
        self.writer.write(f"<handshake>{secret}</handshake>".encode())
        self.root = header
        await self.event("end")

    async def event(self, kind):
        while True:
            for what, element in self.parser.read_events():
                if what == kind:
                    return element
            self.parser.feed(await self.reader.read(65536))

    async def listen(self):
        depth = 0
        while data := await self.reader.read(65536):
            self.parser.feed(data)
            for what, element in self.parser.read_events():
                depth += 1 if what == "start" else -1
                if what == "end" and depth == 0:
                    self.hear(element)
                    self.root.clear()

    def hear(self, element):
        name, kind, number = element.tag.rpartition("}")[2], element.get("type"), element.get("id")
        if name == "message":
            self.messages += 1
        if name != "iq":
            return
        if kind in ("get", "set"):
            self.reply(element)
            return
        self.answers[number] += 1
        if number in self.waiting:
            self.waiting.pop(number).set_result(element)
        else:
            self.count(number, condition(element))

    def reply(self, element):
        inner, asked = "", element.find(f"{{{DISCO}}}query")
        if self.features and asked is not None:
            node = f" node='{asked.get('node')}'" if asked.get("node") else ""
            inner = (f"<query xmlns='{DISCO}'{node}><identity category='client' type='pc'/>"
                     + "".join(f"<feature var='{one}'/>" for one in self.features) + "</query>")
        self.writer.write(f"<iq type='result' id='{element.get('id')}' from='{element.get('to')}'"
                          f" to='{element.get('from')}'>{inner}</iq>".encode())
        said = element.find("{urn:xmpp:jingle:1}jingle")
        if self.features and said is not None:
            reason = said.find("{*}reason")
            tell("jingle", action=said.get("action"), sid=said.get("sid"), me=element.get("to"), them=element.get("from"),
                 reason=reason[0].tag.rpartition("}")[2] if reason is not None and len(reason) else None,
                 xml=tree.tostring(said, encoding="unicode"))

    def count(self, number, kind):
        self.kinds["twice" if number in self.seen else kind] += 1
        self.seen.add(number)

    def answer(self, number):
        self.waiting[number] = asyncio.get_running_loop().create_future()
        return self.waiting[number]

    async def flood(self, order):
        self.kinds.clear()
        self.seen.clear()
        self.messages, begin = 0, time.monotonic()
        for number in range(order["count"]):
            stanza = order["stanzas"][number % len(order["stanzas"])]
            self.writer.write(stanza.replace("@N@", str(number)).encode())
            if number % 50 == 49:
                await self.writer.drain()
        done = self.answer("last")
        self.writer.write(order["last"].encode())
        await done
        tell("flooded", kinds=dict(self.kinds), messages=self.messages,
             seconds=round(time.monotonic() - begin, 2))

    async def ask(self, order):
        answered = self.answer(order.get("id", "ask"))
        self.writer.write(order["stanza"].encode())
        element = await answered
        tell("answered", kind=condition(element), xml=tree.tostring(element, encoding="unicode"))

    async def obey(self):
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            order = json.loads(line)
            if order["do"] == "flood":
                await self.flood(order)
            elif order["do"] == "ask":
                await self.ask(order)
            elif order["do"] == "play":
                self.features = order["features"]
                tell("playing")
            elif order["do"] == "count":
                tell("counted", answers=dict(self.answers))
            else:
                self.writer.write(order["stanza"].encode())
                tell("told")


def condition(element):
    """`result`, or the condition of an error."""
    error = element.find("{*}error")
    return element.get("type") if error is None else error[0].tag.rpartition("}")[2]


async def main(port, domain):
    crowd = Crowd(*await asyncio.open_connection("127.0.0.1", port))
    await crowd.log_in(domain)
    ears = asyncio.create_task(crowd.listen())
    tell("ready")
    await crowd.obey()
    ears.cancel()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
