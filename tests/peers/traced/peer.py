"""A client that was recorded, playing its part of the recording with a live peer; tells events as JSON lines.

`peer.py PORT DOMAIN PEER --trace FILE --side NAME --certificate PEM` logs in as a component at
127.0.0.1:PORT and is NAME@DOMAIN/RESOURCE. PEER is the full address that stands for the other side.
Standard input: `go` begins where the recorded side speaks first; `hangup` lets it end a call where `--stays`.
"""
# SPDX-License-Identifier: MIT
import argparse
import json
import pathlib
import sys
import xml.etree.ElementTree as tree

from media import GLib  # chooses the versions of what follows
from player import DISCO, Player
from trace import read
from xmpp import Stream


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def features_of(options):
    """What the recorded client says that it can do: in a recording, or as it was written down."""
    if options.feature:
        query = tree.Element(f"{{{DISCO}}}query")
        for name in options.feature:
            query.append(tree.Element(f"{{{DISCO}}}feature", {"var": name}))
        return query
    for element in tree.parse(options.features).getroot().iter(f"{{{DISCO}}}query"):
        if len(element):
            return element
    raise SystemExit(f"{options.features} has no answer to a question of discovery")


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("domain")
    parser.add_argument("peer")
    parser.add_argument("--trace", required=True)
    parser.add_argument("--side", required=True)
    parser.add_argument("--features", help="a recording that has them")
    parser.add_argument("--feature", action="append", default=[])
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--resource", default="recorded")
    parser.add_argument("--record", required=True)
    parser.add_argument("--tone", type=int, default=660)
    parser.add_argument("--late", type=float, default=0, help="seconds before the first answer")
    parser.add_argument("--pace", type=float, default=1, help="seconds before what a user did")
    parser.add_argument("--stays", action="store_true", help="hang up only when told")
    return parser.parse_args()


def main():
    options = arguments()
    options.pem = pathlib.Path(options.certificate).read_text()
    options.was_late = False
    me = f"{options.side}@{options.domain}/{options.resource}"
    players = []
    stream = Stream(options.port, options.domain, "crowd", lambda stanza: players[0].hear(stanza))
    players.append(Player(read(options.trace), options.side, me, options.peer, stream=stream, tell=tell,
                          options=options, features=features_of))
    GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, obey, players[0])
    presence = tree.Element("presence", {"from": me, "to": options.peer.partition("/")[0]})
    stream.send(presence)
    tell("ready", jid=me)
    GLib.MainLoop().run()


def obey(source, _condition, player):
    line = source.readline()
    if not line:
        player.close()
        raise SystemExit(0)
    player.released = player.released or line.strip() == "hangup"
    player.go()
    return True


if __name__ == "__main__":
    main()
