"""Every odd offer, answer and word of a session (lab/odd.py): each has one reply, none leaves a dead session behind.

The peer is a script without media, so that what is said is all that counts; afterwards a real call works.
"""
# SPDX-License-Identifier: MIT
import os
import xml.etree.ElementTree as tree

import pytest

from calls import SOUND
from lab import odd
from test_hostile_content import Scene, jingle

PATIENCE = 30
PICTURE = ["--video", "--video-in", "test", "--video-out", "none", "--size", "160x120", "--fps", "5"]
FEATURES = ["urn:xmpp:jingle:1", odd.RTP, f"{odd.RTP[:-2]}:audio", f"{odd.RTP[:-2]}:video", odd.ICE, odd.DTLS,
            "urn:ietf:rfc:5888"]
GONE = {"item-not-found"}  # what who asks for the session is told after its end

# What becomes of each odd thing; of those that are not named: it is taken. The phone has a picture.
OFFERS = {
    "bad-request": ["no transport", "two contents of one name", "no contents", "content without a name",
                    "content of the responder"],
    "security-error": ["no fingerprint", "fingerprint sha-1", "fingerprint md5", "fingerprint too short",
                       "fingerprint of an old namespace", "SDES alone"],
    "failed-transport": ["no ufrag and pwd"],
    "unsupported-transports": ["transport ice:0", "transport raw-udp", "unknown transport"],
    "unsupported-applications": ["unknown description", "a medium of no kind", "file", "file without a hash",
                                 "file over IBB"],
    "failed-application": ["no payload types", "unknown codec alone", "payload type 128"],
}
SESSION = {
    "feature-not-implemented": ["unknown info", "security-info"],
    "bad-request": ["content-add of nothing", "transport-info of nothing", "unknown action",
                    "one more content of a name that is there"],
    "item-not-found": ["senders of what is not there", "what is not there removed", "content-accept unasked",
                       "candidate of what is not there"],
    "unexpected-request": ["content-reject unasked", "transport-accept unasked", "transport-reject unasked", "session-accept by who called",
                           "the same session again"],
}
# Of a phone without a picture, which takes the others alike: the offers, and what is said of a picture.
VOICE_OFFERS = {"picture alone": "unsupported-applications", "two pictures": "unsupported-applications"}
VOICE_SESSION = {"one more content of a name that is there": "result", "content-reject unasked": "item-not-found"}
ENDS = ["terminate without a reason", "terminate for an unknown reason"]
# The reply, and why we end the call.
ANSWERS = {
    ("bad-request", "failed-application"): ["nothing", "picture without codecs and transport"],
    ("item-not-found", "failed-application"): ["another name"],
    ("result", "failed-application"): ["a codec that was not offered"],
    ("result", "security-error"): ["no fingerprint"],
    ("result", "failed-transport"): ["no ufrag"],
}

PICTURE_REFUSED = ["picture left out", "picture with an empty transport"]  # and the voice taken


def expected(table, name, otherwise):
    return next((what for what, names in table.items() if name in names), otherwise)


def contents(stanza):
    """The names in a session-accept, with what is agreed: nothing for those that were refused."""
    accepted = tree.fromstring(stanza["xml"])
    way = f"{{{odd.ICE}}}transport[@ufrag]"
    return [one.get("name") for one in accepted.findall("{*}content") if one.find(way) is not None]


class Prober(Scene):
    def __init__(self, lab, *arguments, people):
        super().__init__(lab, "--auto", *arguments, contacts=[f"odd{number}" for number in range(people)])
        self.order("playing", do="play", features=FEATURES)
        self.serial = 0

    def said(self, sid, *actions):
        """What peal sent in that session."""
        return [event for event in self.crowd.all("jingle", sid=sid) if event["action"] in actions]

    def say(self, me, action, inner, sid, to=None):
        """Sends it with an id of its own; the reply."""
        self.serial += 1
        number = f"p{self.serial}"
        stanza = jingle(me, to or self.full, action, inner, sid, number)
        return self.order("answered", do="ask", stanza=stanza, id=number)["kind"]

    def offer(self, me, inner, sid):
        """What becomes of an offer: an error, the reason of a refusal, or the session-accept."""
        reply = self.say(me, "session-initiate", inner, sid)
        if reply != "result":
            return reply
        verdict = self.crowd.wait_until(lambda: self.said(sid, "session-accept", "session-terminate"), PATIENCE,
                                        f"verdict on {sid}")[0]
        return verdict["reason"] if verdict["action"] == "session-terminate" else verdict

    def end(self, me, sid, lives):
        """A session that lives answers and ends when we say so; one that does not is not known any more."""
        wanted = {"result"} if lives else GONE
        assert {self.say(me, "session-info", "", sid)} == wanted
        assert {self.say(me, "session-terminate", "<reason><success/></reason>", sid)} == wanted
        if lives:
            self.callee.wait("ended", call=sid)

    def once_each(self):
        """Whether all that was asked was answered, and once."""
        answers = self.order("counted", do="count")["answers"]
        assert {f"p{number}": 1 for number in range(1, self.serial + 1)}.items() <= answers.items()


def played(table, phone):
    """A phone without a picture is told, every day, only what is about one."""
    if phone == "picture" or "PEAL_SOAK" in os.environ:
        return table
    return {name: said for name, said in table.items() if "media='video'" in str(said) or "name='v'" in str(said)}


@pytest.mark.parametrize("phone", ["voice", "picture"])
def test_every_odd_offer_and_word_has_one_answer(lab, peal_built, phone):
    offers, words = played(odd.OFFERS, phone), played(odd.SESSION, phone)
    here = Prober(lab, *(PICTURE if phone == "picture" else []), people=len(offers) + len(words))
    told = {}
    for number, (name, inner) in enumerate(offers.items()):
        me, sid = f"odd{number}@crowd.peal.test/m", f"offer-{number}"
        verdict = here.offer(me, inner, sid)
        taken = isinstance(verdict, dict)
        told[name] = f"taken: {' '.join(contents(verdict))}" if taken else verdict
        here.end(me, sid, taken)
        wanted = expected(OFFERS, name, None)
        if phone == "voice":
            wanted = VOICE_OFFERS.get(name, wanted)
        assert taken if wanted is None else verdict == wanted, (name, told[name])
    print(told)
    assert told["BUNDLE"] == ("taken: a v" if phone == "picture" else "taken: a")
    for number, (name, (action, inner)) in enumerate(words.items(), len(offers)):
        me, sid = f"odd{number}@crowd.peal.test/m", f"word-{number}"
        assert isinstance(here.offer(me, odd.bundled(), sid), dict)
        reply = here.say(me, action, inner, sid)
        wanted = expected(SESSION, name, "result")
        assert reply == (VOICE_SESSION.get(name, wanted) if phone == "voice" else wanted), name
        here.end(me, sid, name not in ENDS)
    here.once_each()
    here.call_well()


def test_every_odd_answer_has_one_reply(lab, peal_built):
    """All callers at once: each is a program of its own, which has to leave by itself or when we hang up."""
    here = Prober(lab, people=len(odd.ANSWERS))
    callers = [lab.peal(here.alice, "call", f"odd{number}@crowd.peal.test/m", *SOUND, *(PICTURE if picture else []),
                        "--ring-timeout", "120", "--resource", f"r{number}") for number, (picture, _) in enumerate(odd.ANSWERS.values())]
    for number, (name, (_, inner)) in enumerate(odd.ANSWERS.items()):
        me = f"odd{number}@crowd.peal.test/m"
        offer = here.crowd.wait("jingle", PATIENCE, me=me, action="session-initiate")
        sid, them = offer["sid"], offer["them"]
        reply, reason = expected(ANSWERS, name, ("result", None))
        assert here.say(me, "session-accept", inner, sid, them) == reply, name
        if reason:
            end = here.crowd.wait_until(lambda: here.said(sid, "session-terminate"), PATIENCE, f"end of {name}")[0]
            assert end["reason"] == reason, name
        else:
            callers[number].wait("accepted", PATIENCE)
            refused = callers[number].all("content-removed", media="video", by="remote")
            assert bool(refused) == (name in PICTURE_REFUSED), name
            assert here.say(me, "session-info", "", sid, them) == "result", name
            assert here.say(me, "session-terminate", "<reason><success/></reason>", sid, them) == "result", name
        callers[number].wait("ended", PATIENCE)
    for caller in callers:
        caller.finish()
    here.once_each()
    here.call_well()
