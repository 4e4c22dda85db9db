/* A port with a scripted server behind it: what was sent is kept as text, questions get the answers
 * of a table.
 *
 * Answers come from an idle source, as from a real stream: never inside the sending. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/port.h"

#define FAKE_JID "romeo@montague.example/orchard"

typedef struct FakePort FakePort;

FakePort *fake_port_new (void);
void fake_port_free (FakePort *fake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakePort, fake_port_free)

PealPort *fake_port (FakePort *fake);

/* Up as FAKE_JID, or down. */
void fake_port_up (FakePort *fake, gboolean resumed);
void fake_port_down (FakePort *fake);

/* A get or set with @part in its text to @to (NULL: anybody) gets @answer: the payload of a result,
 * or what begins with "!" the condition of an error: "!service-unavailable". NULL: silence. The
 * last matching script counts. */
void fake_port_script (FakePort *fake, const char *to, const char *part, const char *answer);

/* A stanza comes in; xmlns='jabber:client' is added to the outermost element. */
void fake_port_receive (FakePort *fake, const char *xml);

/* How many stanzas with @part in their text were sent; the latest such (borrowed, or NULL). */
guint fake_port_count (FakePort *fake, const char *part);
const char *fake_port_last (FakePort *fake, const char *part);

/* Turns the main context until nothing is left to do; or until @done is TRUE, 10 s at most. */
void fake_port_settle (void);
void fake_port_until (const gboolean *done);
