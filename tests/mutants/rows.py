"""The mutants: small faults put into the session machine and the outbox, each of which tests must catch."""
# SPDX-License-Identifier: MIT
import dataclasses

# What is run against the mutants of each kind until one fails, quickest first.
SUITES = {
    "session": ("sim/test_session", "sim/test_negotiation", "sim/test_messages", "jingle/test_endpoint",
                "sim/test_calls"),
    "outbox": ("stream/test_outbox", "stream/test_sm", "stream/test_traffic", "stream/test_resume"),
}


@dataclasses.dataclass(frozen=True)
class Mutant:
    kind: str
    name: str
    file: str
    before: str  # stands once in the file
    after: str
    breaks: str  # what goes wrong


MUTANTS = (
    Mutant("session", "tie-break-reversed", "signaling/jingle/session.c",
           "return order ? order < 0 : strcmp (self, peer) < 0;",
           "return order ? order > 0 : strcmp (self, peer) < 0;",
           "of two calls that cross the one survives that the other side gives up (XEP-0353)"),
    Mutant("session", "late-acknowledgement", "signaling/jingle/session_answers.c",
           "if (well && state == PEAL_SESSION_OFFERING)",
           "if (well)",
           "an acknowledgement that comes after the answer makes an active session ring again"),
    Mutant("session", "early-refusal-overheard", "signaling/jingle/session_answers.c",
           "if (session->state == PEAL_SESSION_OFFERING || (!forgotten && !left))",
           "if (!forgotten && !left)",
           "a candidate that is refused ends a call before session-initiate was answered"),
    Mutant("session", "other-table", "signaling/jingle/session_hear.c",
           "return !open->flaw && proposed && open->element == proposed->element;",
           "return !open->flaw && proposed;",
           "an answer of another transport is read as a struct that it is not"),
    Mutant("session", "crossing-terminates", "signaling/jingle/session_hear.c",
           "if (session->state != PEAL_SESSION_ENDING)\n    peal_session_end",
           "if (session->state != PEAL_SESSION_ENDED)\n    peal_session_end",
           "of two hang-ups that cross the peer's reason replaces our own"),
    Mutant("session", "unnamed-content-stays", "signaling/jingle/session_hear.c",
           "if (negotiation->state == PEAL_NEGOTIATION_OURS)\n      peal_session_drop",
           "if (negotiation->state == PEAL_NEGOTIATION_REMOVING)\n      peal_session_drop",
           "a content that the responder did not take is never closed"),
    Mutant("session", "refused-change-counts", "signaling/jingle/negotiation.c",
           "if (well && negotiation->wanted)",
           "if (negotiation->wanted)",
           "a change of directions that the peer refused counts as made"),
    Mutant("outbox", "next-forgotten", "signaling/stream/outbox.c",
           "if (!outbox->next)\n    outbox->next = outbox->queue.tail;\n",
           "",
           "what is queued when nothing waits is not sent before the next link"),
    Mutant("outbox", "nothing-again", "signaling/stream/sm.c",
           "  peal_outbox_rewind (&sm->outbox);\n  return TRUE;",
           "  return TRUE;",
           "what a cut link had carried is lost when the session is resumed"),
    Mutant("outbox", "count-does-not-wrap", "signaling/stream/sm.c",
           "guint32 more = h - sm->acked;",
           "guint64 more = (guint64) h - sm->acked;",
           "after 2^32 stanzas an honest acknowledgement ends the session"),
    Mutant("outbox", "bound-survives", "signaling/stream/outbox.c",
           "->kind == PEAL_OUTBOX_BOUND)",
           "->kind > PEAL_OUTBOX_LASTING)",
           "requests of a dead session are sent in the next one"),
    Mutant("outbox", "refusal-tells-nothing", "signaling/stream/sm.c",
           "  if (h)\n    peal_sm_acknowledge",
           "  if (h && *h == 0)\n    peal_sm_acknowledge",
           "what the server took before it refused to resume is sent twice"),
    Mutant("outbox", "oversize-uncounted", "signaling/stream/traffic.c",
           "    return;\n  peal_sm_hear (&traffic->sm);\n",
           "    return;\n",
           "a stanza that was too large comes again with every resumption"),
    Mutant("outbox", "without-bound", "signaling/stream/outbox.c",
           "if (outbox->queue.length >= PEAL_OUTBOX_MOST || length",
           "if (length",
           "small stanzas without end fill memory"),
)
