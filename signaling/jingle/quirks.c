/* One row a habit of a kind of client. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/quirks.h"

/* --- how clients are recognised --- */

static gboolean
bundles (const PealTraits *traits)
{
  const GPtrArray *groups = traits->message ? traits->message->groups : NULL;
  for (guint i = 0; groups && i < groups->len; i++)
    if (peal_group_is_bundle (groups->pdata[i]))
      return TRUE;
  return FALSE;
}

static gboolean
has_node (const PealTraits *traits, const char *begins)
{
  return traits->node && g_str_has_prefix (traits->node, begins);
}

static gboolean
is_called (const PealTraits *traits, const char *name)
{
  const GPtrArray *identities = traits->info ? traits->info->identities : NULL;
  for (guint i = 0; identities && i < identities->len; i++) {
    const char *given = ((const PealDiscoIdentity *) identities->pdata[i])->name;
    if (given && !g_ascii_strcasecmp (given, name))
      return TRUE;
  }
  return FALSE;
}

/* The XEP says grouping:0 since 2012; only stanza.js still says the number of the RFC alone. It
 * bundles and never says who initiated. */
static gboolean
is_stanza_js (const PealTraits *traits)
{
  if (has_node (traits, "https://stanzajs.org"))
    return TRUE;
  if (traits->info)
    return peal_disco_has (traits->info, "urn:ietf:rfc:5888") &&
           !peal_disco_has (traits->info, PEAL_NS_GROUPING);
  return bundles (traits) && !traits->message->initiator && !traits->message->responder;
}

static gboolean
is_dino (const PealTraits *traits)
{
  return has_node (traits, "https://dino.im") || is_called (traits, "Dino");
}

static gboolean
is_pidgin (const PealTraits *traits)
{
  return has_node (traits, "http://pidgin.im") || is_called (traits, "pidgin");
}

static gboolean
is_gajim (const PealTraits *traits)
{
  return has_node (traits, "http://gajim.org") || has_node (traits, "https://gajim.org") ||
         is_called (traits, "Gajim");
}

static gboolean
is_conversations (const PealTraits *traits)
{
  return has_node (traits, "http://conversations.im") ||
         has_node (traits, "https://conversations.im");
}

/* Its name goes on with a version. */
static gboolean
is_monal (const PealTraits *traits)
{
  const GPtrArray *identities = traits->info ? traits->info->identities : NULL;
  for (guint i = 0; identities && i < identities->len; i++) {
    const char *given = ((const PealDiscoIdentity *) identities->pdata[i])->name;
    if (given && g_str_has_prefix (given, "Monal"))
      return TRUE;
  }
  return has_node (traits, "https://monal-im.org") || has_node (traits, "http://monal.im");
}

static gboolean
is_movim (const PealTraits *traits)
{
  return has_node (traits, "https://movim.eu") || is_called (traits, "Movim");
}

/* --- the rows --- */

const PealQuirk peal_quirks[] = {
  { "whoever bundles", bundles, PEAL_HABIT_NAMES_REFUSED,
    "contents are its media lines: stanza.js refuses an answer that lacks one of its offer; Dino, "
    "which does not bundle, would try to connect an empty transport",
    "webrtc/chromium-chromium-av.caller.xml" },
  { "whoever bundles", bundles, PEAL_HABIT_NARROWS_IN_ACCEPT,
    "the direction of a media line stands in its answer, and stanza.js refuses content-modify",
    "stanza.js 12.22.1, tried; no trace is kept" },
  { "stanza.js", is_stanza_js, PEAL_HABIT_FIXED_CONTENTS,
    "answers content-add with content-reject that names no content, content-modify and -remove "
    "with bad-request",
    "stanza.js 12.22.1, tried; no trace is kept" },
  { "stanza.js", is_stanza_js, PEAL_HABIT_CALLER_RESTARTS,
    "answers new credentials of the initiator; as initiator it restarts by itself",
    "webrtc/chromium-chromium-icerestart.caller.xml" },
  { "Dino", is_dino, PEAL_HABIT_STOPS_BY_MUTE,
    "refuses content-remove, and acknowledges a content-modify that stops us without effect",
    "dino/07-video-added-by-responder.xml" },
  { "Dino", is_dino, PEAL_HABIT_NO_REJECT, "has no content-reject: its picture would wait for ever",
    "Dino 0.4.2, read in its source" },
  { "Dino", is_dino, PEAL_HABIT_NO_RESTART, "takes other credentials for a mistake",
    "dino/10-trickled-candidates.xml" },
  { "Pidgin", is_pidgin, PEAL_HABIT_NO_RESTART, "gathers once, and tells all of it in its offer",
    "legacy/pidgin-audio-call.xml" },
  { "Gajim", is_gajim, PEAL_HABIT_NO_RESTART, "gathers once, and tells all of it in its offer",
    "legacy/gajim-calls-pidgin.xml" },
  { "Conversations", is_conversations, PEAL_HABIT_STOPS_BY_MUTE,
    "ends the call when a content that runs is removed", "Conversations 2.12, read in its source" },
  { "Monal", is_monal, PEAL_HABIT_FIXED_CONTENTS,
    "answers no Jingle stanza but those that begin and end a call, and candidates",
    "Monal 6, read in its source" },
  { "Monal", is_monal, PEAL_HABIT_NO_RESTART,
    "refuses candidates with other credentials than those of the description",
    "Monal 6, read in its source" },
  { "Movim", is_movim, PEAL_HABIT_FIXED_CONTENTS,
    "answers content-add with another session-accept, and does not carry out content-remove",
    "Movim 0.30, read in its source" },
  { NULL },
};

PealHabits
peal_quirks_of (const PealTraits *traits)
{
  PealHabits habits = PEAL_HABIT_NONE;
  for (const PealQuirk *row = peal_quirks; row->client; row++)
    if (row->is (traits))
      habits |= row->habit;
  return habits;
}
