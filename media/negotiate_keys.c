/* Keys of a telephone in descriptions: the lines of RFC 4733. */
// SPDX-License-Identifier: MIT
#include "media/dtmf.h"
#include "media/negotiate_inner.h"

enum { KEYS_CLOCK = 8000, LOWEST_CLOCK = 1000, HIGHEST_CLOCK = 192000 }; /* Hz */

guint
peal_keys_clock (const PealPayloadType *line)
{
  if (!line->name || g_ascii_strcasecmp (line->name, PEAL_DTMF_NAME) != 0)
    return 0;
  guint clock_rate = line->clockrate ? line->clockrate : KEYS_CLOCK;
  return clock_rate >= LOWEST_CLOCK && clock_rate <= HIGHEST_CLOCK ? clock_rate : 0;
}

static void
add_keys (PealRtpDescription *description, guint id, guint clock_rate)
{
  peal_line_set (peal_line_add (description, id, PEAL_DTMF_NAME, clock_rate), "events",
                 PEAL_DTMF_EVENTS);
}

/* A number for keys by @clock_rate: libwebrtc's, where it is free. */
static guint
number_for (const PealRtpDescription *description, guint clock_rate)
{
  return peal_line_number (description, clock_rate == 48000 ? 110 : clock_rate == 8000 ? 126 : 113);
}

/* The first line of @description for keys by @clock_rate (0: any), or NULL. */
static const PealPayloadType *
keys_of (const PealRtpDescription *description, guint clock_rate)
{
  for (guint i = 0; i < peal_line_count (description); i++) {
    const PealPayloadType *line = peal_line_at (description, i);
    guint clock = peal_line_counts (description, i) ? peal_keys_clock (line) : 0;
    if (clock && (!clock_rate || clock == clock_rate))
      return line;
  }
  return NULL;
}

/* RFC 4733 §2.1: keys go by the clock of the sound, so each clock has a line of its own. */
void
peal_keys_offer (PealRtpDescription *offer)
{
  for (guint i = 0, n = peal_line_count (offer); i < n; i++) {
    guint clock_rate = peal_line_at (offer, i)->clockrate;
    if (!keys_of (offer, clock_rate))
      add_keys (offer, number_for (offer, clock_rate), clock_rate);
  }
}

/* Of @offer's lines those whose clock has a codec in @answer; any is better than none. */
void
peal_keys_answer (PealRtpDescription *answer, const PealRtpDescription *offer)
{
  const PealPayloadType *any = keys_of (offer, 0);

  for (guint i = 0, n = peal_line_count (answer); i < n; i++) {
    guint clock_rate = peal_line_at (answer, i)->clockrate;
    const PealPayloadType *keys = keys_of (offer, clock_rate);
    if (keys && !keys_of (answer, clock_rate))
      add_keys (answer, keys->id, clock_rate);
  }
  if (any && !keys_of (answer, 0))
    add_keys (answer, any->id, peal_keys_clock (any));
}

void
peal_keys_choose (PealAgreement *agreement, const PealRtpDescription *remote)
{
  const PealPayloadType *keys = keys_of (remote, agreement->codec->clock_rate);

  if (!keys)
    keys = keys_of (remote, 0);
  agreement->keys = keys ? (guint8) keys->id : 0;
  agreement->keys_clock = keys ? peal_keys_clock (keys) : 0;
}

guint
peal_negotiate_keys (const PealRtpDescription *local, guint8 payload_type)
{
  const PealPayloadType *line = peal_line_find (local, payload_type);

  return line ? peal_keys_clock (line) : 0;
}
