"""A crowd against a real `peal answer`: floods, stanzas without measure and with one thing wrong; then a call."""
# SPDX-License-Identifier: MIT
import json
import os
import pathlib
import xml.etree.ElementTree as tree

import pytest

from calls import Call, calling, ended, waiting
from lab.lab import ROOT
from lab.server import Person

# Prosody passes on some hundred stanzas a second; jingle/test_floods.c has all of them in the everyday run.
FLOOD = int(os.environ.get("PEAL_FLOOD", "500"))
MOST_GROWTH = 16 * 1024  # KB
RTP = "urn:xmpp:jingle:apps:rtp:1"
CONTENT = (
    "<content creator='initiator' name='voice' senders='both'>"
    f"<description xmlns='{RTP}' media='audio'><payload-type id='111' name='opus' clockrate='48000' channels='2'/>"
    "<rtcp-mux/></description><transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='abcd'"
    " pwd='abcdefghijklmnopqrstuvwx'><fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256'"
    f" setup='actpass'>{':'.join(['AB'] * 32)}</fingerprint><candidate component='1' foundation='1' generation='0'"
    " id='c1' ip='10.77.0.2' network='0' port='9' priority='2130706431' protocol='udp' type='host'/>"
    "</transport></content>")


def jingle(sender, to, action, inner="", sid="sid-@N@", number="f@N@"):
    return (f"<iq type='set' id='{number}' from='{sender}' to='{to}'><jingle xmlns='urn:xmpp:jingle:1'"
            f" action='{action}' sid='{sid}' initiator='{sender}'>{inner}</jingle></iq>")


def propose(sender, to):
    return (f"<message type='chat' id='f@N@' from='{sender}' to='{to}'><propose xmlns='urn:xmpp:jingle-message:0'"
            f" id='sid-@N@'><description xmlns='{RTP}' media='audio'/></propose></message>")


def last(to):
    """A question that is answered when all before it was heard."""
    return f"<iq type='get' id='last' from='last@crowd.peal.test/x' to='{to}'><nothing xmlns='urn:x'/></iq>"


class Scene:
    def __init__(self, lab, *arguments, contacts=(), **options):
        self.lab = lab
        self.alice, self.bob = lab.server.friends("alice", "bob")
        strange = [Person(name, f"{name}@crowd.peal.test", "") for name in contacts]
        lab.server.befriend(self.bob, self.alice, *strange)
        self.crowd = lab.run(["/usr/bin/python3", ROOT / "tests" / "lab" / "crowd.py",
                              lab.server.component_port, "crowd.peal.test"], "crowd", lines=True)
        self.crowd.wait("ready")
        self.callee = waiting(lab, self.bob, "--resource", "desk", *arguments, once=False, **options)
        self.full = f"{self.bob.jid}/desk"

    def order(self, event, **order):
        before = len(self.crowd.all(event))
        self.crowd.say(json.dumps(order))
        return self.crowd.wait_until(lambda: self.crowd.all(event)[before:], 120, event)[0]

    def flood(self, stanzas, count=FLOOD):
        return self.order("flooded", do="flood", stanzas=stanzas, count=count, last=last(self.full))

    def ask(self, stanza):
        return self.order("answered", do="ask", stanza=stanza)

    def tell(self, stanza):
        return self.order("told", do="tell", stanza=stanza)

    def resident(self):
        """KB in memory; None under a sanitizer, where it says nothing."""
        maps = pathlib.Path(f"/proc/{self.callee.child.pid}/maps").read_text()
        status = pathlib.Path(f"/proc/{self.callee.child.pid}/status").read_text()
        return None if "libasan" in maps else int(status.split("VmRSS:")[1].split()[0])

    def busy(self):
        """Seconds of CPU time so far."""
        cells = pathlib.Path(f"/proc/{self.callee.child.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")

    def call_well(self, key=None):
        before = len(self.callee.all("connected"))
        caller = calling(self.lab, self.alice, self.bob.jid, "--duration", "0.5")
        if key:
            caller.wait("ringing")
            self.callee.press(key)
        caller.wait("connected")
        self.callee.wait_until(lambda: len(self.callee.all("connected")) > before, 30, "connected")
        assert ended(caller) == ("success", 0)


@pytest.fixture
def scene(lab, peal_built):
    return lambda *arguments, **options: Scene(lab, *arguments, **options)


def flooded(scene, floods, key=None):
    """Plays the floods; what each led to. Memory is measured from after a first call."""
    scene.call_well(key)
    before, told = scene.resident(), {}
    for name, stanzas in floods.items():
        busy = scene.busy()
        told[name] = scene.flood(stanzas)
        print(f"{name}: {FLOOD} sent, {told[name]['kinds']} answered, {told[name]['messages']} messages,"
              f" {told[name]['seconds']} s, {scene.busy() - busy:.2f} s of CPU")
    after = scene.resident()
    if before is not None:
        print(f"resident: {before} KB before, {after} KB after")
        assert after - before < MOST_GROWTH
    return told


def floods_of(senders, full):
    return {"proposals from one": [propose(f"{senders}@crowd.peal.test/m", full)],
            "offers from one": [jingle(f"{senders}@crowd.peal.test/m", full, "session-initiate", CONTENT)],
            "proposals from 1,000": [propose(f"{senders}{n}@crowd.peal.test/m", full) for n in range(1000)],
            "offers from 1,000": [jingle(f"{senders}{n}@crowd.peal.test/m", full, "session-initiate", CONTENT)
                                  for n in range(1000)]}


def test_strangers_flood_a_person(scene):
    """A few of them ring; of the others nobody hears. A contact's call rings beside them, and is taken."""
    here = scene(keys=True)
    told = flooded(here, floods_of("mallory", here.full), key="a")
    for name, flood in told.items():
        assert flood["messages"] == 0, "strangers are told nothing"
        assert sum(flood["kinds"].values()) == (FLOOD if "offers" in name else 0)
        assert set(flood["kinds"]) <= {"result", "resource-constraint", "service-unavailable"}
        assert flood["kinds"].get("result", 0) <= 4
    assert 1 <= len(here.callee.all("incoming")) - 1 <= 8
    here.call_well(key="a")
    here.callee.press("q")


def test_strangers_flood_a_phone_that_answers_by_itself(scene):
    """Nobody is here for them."""
    here = scene("--auto")
    told = flooded(here, floods_of("mallory", here.full))
    for name, flood in told.items():
        assert flood["messages"] == 0
        assert flood["kinds"] == ({"service-unavailable": FLOOD} if "offers" in name else {})
    assert len(here.callee.all("incoming")) == 1
    here.call_well()


def test_a_contact_floods(scene):
    """It is turned away as often as a person would try, and the others find the line free when it lets go."""
    here = scene("--auto", contacts=["mallory"])
    mallory = "mallory@crowd.peal.test/m"
    told = flooded(here, {"offers": [jingle(mallory, here.full, "session-initiate", CONTENT)],
                          "proposals": [propose(mallory, here.full)]})
    kinds = told["offers"]["kinds"]
    assert set(kinds) == {"result", "resource-constraint"} and sum(kinds.values()) == FLOOD
    assert kinds["result"] <= 20 + 60
    assert told["proposals"]["messages"] <= 20 + 60
    here.ask(jingle(mallory, here.full, "session-terminate", "<reason><success/></reason>", "sid-0", "ask"))
    for number in range(80):
        here.tell(f"<message from='{mallory}' to='{here.full}'><retract xmlns='urn:xmpp:jingle-message:0'"
                  f" id='sid-{number}'/></message>")
    here.call_well()


def mutations(text):
    """The stanza with one thing wrong at a time: attributes without value or sense, children gone or doubled."""
    root = tree.fromstring(text)
    jingle_element = root[0]
    for element in list(jingle_element.iter()):
        for key, value in list(element.attrib.items()):
            for wrong in (None, "", "no-such-word", "-1", "4294967296"):
                if (element, key) == (jingle_element, "sid"):
                    continue  # of no session here: another test
                element.attrib.pop(key)
                if wrong is not None:
                    element.set(key, wrong)
                yield tree.tostring(root, encoding="unicode")
                element.attrib.pop(key, None)
                element.set(key, value)
        for child in list(element):
            index = list(element).index(child)
            element.remove(child)
            yield tree.tostring(root, encoding="unicode")
            element.insert(index, child)
            element.insert(index, child)
            yield tree.tostring(root, encoding="unicode")
            element.remove(child)


SAID = {"transport-info": CONTENT, "description-info": CONTENT, "content-modify": CONTENT,
        "content-add": CONTENT.replace("voice", "more"), "transport-replace": CONTENT,
        "session-info": "<mute xmlns='urn:xmpp:jingle:apps:rtp:info:1' creator='initiator' name='voice'/>"}


def test_every_word_of_a_session_goes_wrong(scene):
    """A part of what can: jingle/test_mutations.c has all of it. A peer may so end its own call, never ours."""
    here = scene("--auto", contacts=["mallory"])
    mallory = "mallory@crowd.peal.test/m"
    for number, (action, inner) in enumerate(SAID.items()):
        offer = jingle(mallory, here.full, "session-initiate", CONTENT, action, "ask")
        assert here.ask(offer)["kind"] == "result"
        here.callee.wait("accepted", call=action)
        everything = list(mutations(jingle(mallory, here.full, action, inner, action)))
        chosen = everything[number::len(everything) // 40 + 1]
        answers = here.flood(chosen, len(chosen))["kinds"]
        print(f"{action}: {len(chosen)} of {len(everything)}: {answers}")
        assert sum(answers.values()) == len(chosen)
        assert set(answers) <= {"result", "bad-request", "item-not-found", "unexpected-request",
                                "feature-not-implemented", "conflict"}
        ending = jingle(mallory, here.full, "session-terminate", "<reason><success/></reason>", action, "ask")
        assert here.ask(ending)["kind"] in ("result", "item-not-found")
        here.callee.wait("ended", call=action)
    here.call_well()


def test_a_stanza_of_sixty_thousand_children_costs_only_itself(scene):
    here = scene("--auto", contacts=["mallory"])
    mallory = "mallory@crowd.peal.test/m"
    before = here.resident()
    for inner in ("<a/>" * 60000, "<a>" * 500 + "</a>" * 500, "y" * 200000):
        refused = here.ask(jingle(mallory, here.full, "session-initiate", inner, "one", "ask"))
        assert refused["kind"] == "policy-violation"
    if before is not None:
        assert here.resident() - before < MOST_GROWTH
    here.call_well()
