"""Plays one side of a recorded call, with everything in it that must be alive made alive.

What the recorded client says is said again word by word, but for addresses, ids, keys and candidates. Where
it answered, the answer waits for what it answers; what it did by itself comes when what was before has
happened. What the other side says beside the record is acknowledged, and told.
"""
# SPDX-License-Identifier: MIT
import copy
import secrets
import xml.etree.ElementTree as tree

from gi.repository import GLib

from media import Content
from trace import INVITE, JINGLE, account, kind_of, local

DISCO = "http://jabber.org/protocol/disco#info"
ICE = "urn:xmpp:jingle:transports:ice-udp:1"
RTP = "urn:xmpp:jingle:apps:rtp:1"
DTLS = "urn:xmpp:jingle:apps:dtls:0"
DEEDS = ("content-add", "content-modify", "session-info", "session-terminate")  # what a user does
DESCRIBING = ("session-initiate", "session-accept", "content-add", "content-accept", "transport-info")


class Player:
    """`steps` of trace.read; `side`: whom we play; `me`, `peer`: full addresses that stand for the two."""

    def __init__(self, steps, side, me, peer, *, stream, tell, options, features):
        self.side, self.me, self.peer = side, me, peer
        self.stream, self.tell, self.options, self.features = stream, tell, options, features
        self.steps = [step for step in steps if self.is_played(step)]
        self.full = {account(me): me, account(peer): peer}
        self.other = next((s.speaker for s in steps if s.speaker != side), "other")
        self.sid, self.ids, self.early, self.names = None, {}, [], {}
        self.contents, self.theirs, self.described, self.proposed = {}, {}, {}, {}
        self.calls = next((s.speaker == side for s in steps if s.kind == ("jingle", "session-initiate")), True)
        self.waiting, self.released = False, not options.stays

    def is_played(self, step):
        """Questions of discovery are answered whenever they come; words to one's own devices are not seen."""
        asks = step.stanza.find(f"{{{DISCO}}}query") is not None
        return not asks and not (step.to_itself and step.speaker != self.side)

    # --- through the steps ---

    def go(self):
        """As far as it goes now."""
        while self.steps and not self.waiting:
            step = self.steps[0]
            if step.speaker != self.side:
                if not self.was_heard(step):
                    return
                self.steps.pop(0)
            elif not self.ready_to_say(step) or (self.is_deed(step) and not self.talks()) or self.stays_before(step):
                return
            else:
                self.steps.pop(0)
                self.pause_before(step) or self.say(step)
        if not self.steps:
            self.tell("played")

    def was_heard(self, step):
        if step.kind[0] == "answer":
            return self.ids.get(step.stanza.get("id")) == "answered" or step.stanza.get("id") not in self.ids
        for stanza in self.early:
            if kind_of(stanza) == step.kind:
                self.early.remove(stanza)
                self.name_alike(step.stanza, stanza)
                self.ids[step.stanza.get("id")] = stanza
                return True
        return False

    def name_alike(self, recorded, live):
        """Contents have other names than in the recording where the other side proposes them."""
        old, new = (each.find(f"{{{JINGLE}}}jingle") for each in (recorded, live))
        if new is None or new.get("action") not in ("session-initiate", "content-add"):
            return
        names = {media_of(content): content.get("name") for content in new.findall(f"{{{JINGLE}}}content")}
        for content in old.findall(f"{{{JINGLE}}}content"):
            if media_of(content) in names:
                self.names[content.get("name")] = names[media_of(content)]

    def ready_to_say(self, step):
        """Whether candidates are there for what it describes."""
        jingle = step.stanza.find(f"{{{JINGLE}}}jingle")
        if jingle is None or jingle.get("action") not in DESCRIBING:
            return True
        return all([self.content(self.name(each)).ready for each in jingle.findall(f"{{{JINGLE}}}content")])

    @staticmethod
    def is_deed(step):
        return step.kind[0] == "jingle" and step.kind[1] in DEEDS

    def talks(self):
        """Whether every voice that was agreed on is heard."""
        return all(live.frames for live in self.contents.values() if live.pipeline and not live.picture)

    def stays_before(self, step):
        """Whether it hangs up only when it is told."""
        runs = any(live.pipeline for live in self.contents.values())
        return step.kind == ("jingle", "session-terminate") and runs and not self.released

    def pause_before(self, step):
        """A user thinks before a deed, and the answer to an offer may be late; TRUE: said later."""
        late = step.kind[0] == "answer" and self.options.late and not self.options.was_late
        seconds = self.options.late if late else self.options.pace if self.is_deed(step) else 0
        if not seconds:
            return False
        self.options.was_late = self.options.was_late or late
        self.waiting = True
        GLib.timeout_add(int(seconds * 1000), self.say_late, step)
        return True

    def say_late(self, step):
        self.waiting = False
        self.say(step)
        self.go()

    # --- what we say ---

    def say(self, step):
        stanza = copy.deepcopy(step.stanza)
        number = stanza.get("id")
        stanza.set("from", self.me)
        if step.to_itself:
            return  # there is no other device
        stanza.set("to", self.peer if "/" in (stanza.get("to") or "/") else self.peer.partition("/")[0])
        if step.kind[0] == "answer":
            asked = self.ids.get(number)
            if not isinstance(asked, tree.Element):
                return
            stanza.set("id", asked.get("id"))
        else:
            self.ids[number] = "asked"
            stanza.set("id", number)
        self.renew(stanza)
        self.stream.send(stanza)
        self.tell("said", what="/".join(step.kind))
        if step.kind == ("jingle", "session-terminate"):
            self.close()

    def renew(self, stanza):
        for invite in stanza:
            if invite.tag.startswith(f"{{{INVITE}}}"):
                self.sid = self.sid or secrets.token_hex(8)
                invite.set("id", self.sid)
        jingle = stanza.find(f"{{{JINGLE}}}jingle")
        if jingle is None:
            return
        self.sid = self.sid or secrets.token_hex(8)
        jingle.set("sid", self.sid)
        for role in ("initiator", "responder"):
            if jingle.get(role):
                ours = account(jingle.get(role)) == self.side
                jingle.set(role, self.me if ours else self.peer)
        for content in jingle.findall(f"{{{JINGLE}}}content"):
            content.set("name", self.name(content))
            if jingle.get("action") in DESCRIBING:
                self.renew_content(jingle.get("action"), content)
        for info in jingle:
            if info.get("name"):
                info.set("name", self.name(info))

    def name(self, element):
        return self.names.get(element.get("name"), element.get("name"))

    def renew_content(self, action, element):
        live = self.content(element.get("name"))
        transport = element.find(f"{{{ICE}}}transport")
        ufrag, pwd = live.credentials
        transport.set("ufrag", ufrag)
        transport.set("pwd", pwd)
        fingerprint = transport.find(f"{{{DTLS}}}fingerprint")
        if fingerprint is not None:
            fingerprint.text = live.fingerprint
        renew_candidates(transport, live.candidates(), one=action == "transport-info")
        description = element.find(f"{{{RTP}}}description")
        if description is not None:
            if action.endswith("accept"):
                renumber(description, self.theirs[element.get("name")].find(f"{{{RTP}}}description"))
            self.described[element.get("name")] = element
            self.proposed.setdefault(element.get("name"), "ours")
            self.start(element.get("name"))

    # --- what we hear ---

    def hear(self, stanza):
        kind = kind_of(stanza)
        if kind[0] == "presence":
            if stanza.get("from") == self.peer and not stanza.get("type"):
                self.tell("present")
            return
        if kind[0] == "answer":
            if self.ids.get(kind[1]) == "asked":
                self.ids[kind[1]] = "answered"
            self.tell("answered", id=kind[1], type=stanza.get("type"), error=condition(stanza))
        elif stanza.find(f"{{{DISCO}}}query") is not None:
            self.answer(stanza, self.features(self.options))
        elif kind[0] in ("jingle", "message"):
            self.hear_call(kind, stanza)
        elif kind[0] == "iq":
            self.answer(stanza)
        self.go()

    def hear_call(self, kind, stanza):
        jingle = stanza.find(f"{{{JINGLE}}}jingle")
        if jingle is not None:
            self.sid = self.sid or jingle.get("sid")
            self.tell("heard", what="/".join(kind), xml=tree.tostring(stanza, encoding="unicode"))
            for content in jingle.findall(f"{{{JINGLE}}}content"):
                self.hear_content(jingle.get("action"), content)
        else:
            invite = next((each for each in stanza if each.tag.startswith(f"{{{INVITE}}}")), None)
            if invite is None:
                return
            self.sid = self.sid or invite.get("id")
            self.tell("heard", what="/".join(kind))
        if any(step.speaker != self.side and step.kind == kind for step in self.steps):
            self.early.append(stanza)
        elif jingle is not None:
            self.answer(stanza)
        if kind == ("jingle", "session-terminate"):
            self.close()

    def hear_content(self, action, element):
        if action not in DESCRIBING:
            return
        live = self.content(element.get("name"))
        transport = element.find(f"{{{ICE}}}transport")
        if transport is not None:
            live.hear(transport.get("ufrag"), transport.get("pwd"), [
                (int(one.get("component")), one.get("foundation"), one.get("priority"), one.get("ip"),
                 one.get("port"), one.get("type")) for one in transport.findall(f"{{{ICE}}}candidate")])
        if element.find(f"{{{RTP}}}description") is not None:
            self.theirs[element.get("name")] = element
            self.proposed.setdefault(element.get("name"), "theirs")
            self.start(element.get("name"))

    def answer(self, stanza, payload=None):
        result = tree.Element("iq", {"type": "result", "id": stanza.get("id"), "from": self.me,
                                     "to": stanza.get("from")})
        if payload is not None:
            result.append(payload)
        self.stream.send(result)

    # --- contents ---

    def content(self, name):
        if name not in self.contents:
            self.contents[name] = Content(
                name, controlling=self.calls, pem=self.options.pem, tone=self.options.tone,
                record=f"{self.options.record}-{name}.wav", tell=lambda word: self.content_tells(name, word))
        return self.contents[name]

    def content_tells(self, name, word):
        if word == "gathered":
            self.go()
        else:
            self.tell(word, content=name)
            self.go()

    def start(self, name):
        """Both have described it: packets may go, in the codec that the answer names first."""
        ours, theirs = self.described.get(name), self.theirs.get(name)
        live = self.contents[name]
        if ours is None or theirs is None or live.pipeline:
            return
        answer = theirs if self.proposed[name] == "ours" else ours
        types = answer.find(f"{{{RTP}}}description").findall(f"{{{RTP}}}payload-type")
        first = types[0]
        expected = theirs.find(f"{{{ICE}}}transport/{{{DTLS}}}fingerprint")
        mine = ours.find(f"{{{ICE}}}transport/{{{DTLS}}}fingerprint")
        secure = expected is not None and mine is not None
        live.start((first.get("name").lower(), int(first.get("clockrate"))), int(first.get("id")),
                   secure=secure, client=secure and expected.get("setup") != "active",
                   mux=all(each.find(f"{{{RTP}}}description/{{{RTP}}}rtcp-mux") is not None
                           for each in (ours, theirs)),
                   expected=expected.text.strip() if secure else None)
        self.tell("started", content=name, codec=first.get("name"), secure=secure)

    def close(self):
        for content in self.contents.values():
            content.close()
            self.tell("counted", content=content.name, frames=content.frames)


def media_of(content):
    description = content.find(f"{{{RTP}}}description")
    return None if description is None else description.get("media")


def renumber(answer, offer):
    """An answer has the numbers of the offer, and nothing that was not offered."""
    numbers = {codec_of(each): each.get("id") for each in reversed(offer.findall(f"{{{RTP}}}payload-type"))}
    for each in answer.findall(f"{{{RTP}}}payload-type"):
        if codec_of(each) in numbers:
            each.set("id", numbers[codec_of(each)])
        else:
            answer.remove(each)


def codec_of(payload_type):
    return (payload_type.get("name") or "").lower(), payload_type.get("clockrate")


def renew_candidates(transport, live, one):
    """In the words of the recording: the attributes of its first candidate, with what is true now."""
    recorded = transport.findall(f"{{{ICE}}}candidate")
    pattern = recorded[0].attrib if recorded else {"generation": "0", "network": "0", "protocol": "udp",
                                                   "type": "host"}
    for each in recorded:
        transport.remove(each)
    for component, foundation, priority, address, port in list(live)[:1 if one else None]:
        fresh = {**pattern, "component": str(component), "foundation": foundation, "priority": priority,
                 "protocol": "udp", "ip": address, "port": port, "type": "host", "id": secrets.token_hex(4)}
        transport.append(tree.Element(f"{{{ICE}}}candidate", fresh))


def condition(stanza):
    error = stanza.find("{*}error")
    return None if error is None or not len(error) else local(error[0])
