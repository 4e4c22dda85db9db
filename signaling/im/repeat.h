/* Messages that come twice. A sender whose session was lost repeats what its server may not have
 * got, and a server keeps for our next session what we had, but could not acknowledge any more:
 * both under the same id (XEP-0359, XEP-0198 §5).
 *
 * A message is a repetition when sender, id and content are those of an earlier one. An id counts
 * when it was made to be unique (an origin-id, or 16 characters at least), or when the message was
 * kept somewhere on its way (XEP-0203): so that the second "ok" under the id "1" is not lost. What
 * is remembered is bounded: 1,000 messages of each of the 256 senders heard last. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>
#include <strophe.h>

typedef struct PealRepeats PealRepeats;

PealRepeats *peal_repeats_new (void);
void peal_repeats_free (PealRepeats *repeats);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealRepeats, peal_repeats_free)

/* Whether @message was heard before; if not, it is from now on. @way tells apart the ways one
 * message may come by without being a repetition: itself, or a carbon of it. */
gboolean peal_repeats_hear (PealRepeats *repeats, xmpp_stanza_t *message, guint way);
