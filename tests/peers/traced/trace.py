"""A recorded stream of stanzas, as a list of steps: who says what to whom.

The recordings name the two sides in the comment before each stanza.
"""
# SPDX-License-Identifier: MIT
import dataclasses
import re
import xml.etree.ElementTree as tree

JINGLE = "urn:xmpp:jingle:1"
INVITE = "urn:xmpp:jingle-message:0"
SIDES = re.compile(r"\+([\d.]+) ?s\s+(\S+)\s+(?:to|->)\s+([^\s:]+)")


def local(element):
    return element.tag.rpartition("}")[2]


@dataclasses.dataclass
class Step:
    at: float  # seconds
    speaker: str  # "alice"
    listener: str
    stanza: tree.Element
    to_itself: bool  # to the speaker's own account: other devices of it

    @property
    def kind(self):
        """What it is, as far as another can be recognised as the same: ("jingle", "session-accept")."""
        return kind_of(self.stanza)


def kind_of(stanza):
    name = local(stanza)
    if name == "message":
        child = next((each for each in stanza if each.tag.startswith(f"{{{INVITE}}}")), None)
        return ("message", local(child) if child is not None else "")
    if name == "iq" and stanza.get("type") in ("result", "error"):
        return ("answer", stanza.get("id"))
    jingle = stanza.find(f"{{{JINGLE}}}jingle")
    if jingle is not None:
        return ("jingle", jingle.get("action"))
    return (name, stanza[0].tag if len(stanza) else "")


def account(word):
    """`bob@lab.test/dino.1` and `bob` are both bob."""
    return word.partition("@")[0]


def read(path):
    parser = tree.XMLParser(target=tree.TreeBuilder(insert_comments=True))
    steps, sides = [], None
    for element in tree.parse(path, parser).getroot():
        if callable(element.tag):  # a comment
            sides = SIDES.search(element.text or "") or sides
            continue
        if sides is None:
            continue
        at, speaker, listener = sides.groups()
        steps.append(Step(float(at), account(speaker), account(listener), element,
                          account(speaker) == account(listener)))
    return steps
