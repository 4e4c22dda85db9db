"""Where the time goes between picking up and hearing something, at both ends of a long way.

The server is half way, so a word through it and its answer take as long as a datagram and its answer
on the direct path: the round trip. The clock starts when the callee accepts. What each side needs on
the wire, from then on, with XEP-0353 and everything else ready while it rang:

                      callee                                caller
    0                 proceed            ──►
    0.5                                  ◄──                session-initiate, with candidates
    1.0  signaling    session-accept     ──►
                      Binding request    ──►
    1.5                                  ◄──                Binding request, nominates (signaling)
                                         ◄──                Binding success
    2.0  path         Binding success    ──►
                      ClientHello        ──►
    2.5                                  ◄──                ServerHello … ServerHelloDone (path)
    3.0               … Finished, voice  ──►
    3.5                                  ◄──                Finished, voice (secured, first sound)
    4.0  secured, first sound
"""
# SPDX-License-Identifier: MIT
import dataclasses
import datetime
import time

PARTS = ("signaling", "path", "secured", "sound")
LADDER = {"callee": dict(zip(PARTS, (1, 2, 4, 4))), "caller": dict(zip(PARTS, (1.5, 2.5, 3.5, 3.5)))}
TARGET = 1 + 3.5  # round trips to the first sound, at whichever side is later
SOUND = ("--audio-in", "tone", "--audio-out", "none")
PICKING_UP = 0.5  # s: longer than any round trip here, as for a person


@dataclasses.dataclass
class Trip:
    """When each part was done, ms after the callee's accept; and when the key for that was pressed.

    What an event tells of the past may be wrong where its program was stopped while it looked at its clock; what
    it tells of itself, "signaling", "connected" and "sound", is never too early.
    """
    callee: dict
    caller: dict
    pressed: float

    def sound(self):
        return max(self.callee["sound"], self.caller["sound"])


def milliseconds(event):
    """The event's own time."""
    return datetime.datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp() * 1000


def side(program, sid, accepted):
    """`accepted` is the moment of the callee's; what a side tells counts from its own."""
    connected = program.wait("connected", call=sid)
    own = milliseconds(connected) - connected["setup_ms"]
    marks = {"signaling": milliseconds(program.wait("accepted", call=sid)), "connected": milliseconds(connected),
             "path": own + connected["ice_ms"], "secured": own + connected["secured_ms"],
             "sound": milliseconds(program.wait("media", call=sid))}
    return {part: at - accepted for part, at in marks.items()}


def without_nagle(link):
    """Prosody leaves Nagle's algorithm on: a stanza behind another small one would wait for a TCP acknowledgement,
    one more round trip to the server. Many servers have it off."""
    link.server.change("pidfile", "network_settings = { nagle = false }\npidfile")


def answering(link, person):
    """Somebody at the right end who waits for calls, and can press keys."""
    callee = link.peal(person, "answer", *SOUND, where=link.right, keys=True)
    callee.wait("online")
    return callee


def call(link, alice, callee, bob):
    """One call from the left end to the right; where its time went."""
    caller = link.peal(alice, "call", bob.jid, *SOUND, where=link.left)
    sid = caller.wait("ringing")["call"]
    callee.wait("incoming", call=sid)
    time.sleep(PICKING_UP)
    pressed = time.time() * 1000
    callee.press("a")
    connected = callee.wait("connected", call=sid)
    accepted = milliseconds(connected) - connected["setup_ms"]
    trip = Trip(side(callee, sid, accepted), side(caller, sid, accepted), pressed - accepted)
    caller.signal()
    caller.finish()
    callee.wait("ended", call=sid)
    return trip
