/* Keys that are to be said: which packet takes the place of which frame of sound. */
// SPDX-License-Identifier: MIT
#include "media/dtmf_sender.h"

#include <string.h>

enum {
  GAP_MS = 80,     /* from the end of a key to the next: libwebrtc waits 70 */
  PAUSE_MS = 1000, /* a comma */
  VOLUME = 10,     /* dBm0 below: as libwebrtc */
  REPEATS = 2,     /* §2.5.1.4: the last packet is sent three times */
};

typedef enum {
  QUIET = 0,
  TONE,
  GAP, /* after a tone; its last packet may still be repeated */
  PAUSE,
} State;

void
peal_dtmf_sender_init (PealDtmfSender *sender, guint clock_rate, guint line_rate, guint frame)
{
  *sender = (PealDtmfSender) { .clock_rate = clock_rate, .line_rate = line_rate, .frame = frame };
}

static guint
units (const PealDtmfSender *sender, guint ms)
{
  return (guint) ((guint64) ms * sender->line_rate / 1000);
}

gboolean
peal_dtmf_sender_add (PealDtmfSender *sender, const char *keys, guint tone_ms)
{
  g_autofree char *upper = g_ascii_strup (keys, -1);

  if (strlen (sender->waiting) + strlen (upper) > PEAL_DTMF_MOST)
    return FALSE;
  g_strlcat (sender->waiting, upper, sizeof sender->waiting);
  sender->tone = units (sender, CLAMP (tone_ms ? tone_ms : PEAL_DTMF_TONE_MS,
                                       PEAL_DTMF_TONE_LEAST_MS, PEAL_DTMF_TONE_MOST_MS));
  return TRUE;
}

gboolean
peal_dtmf_sender_is_busy (const PealDtmfSender *sender)
{
  return sender->waiting[0] || sender->state == TONE || sender->state == PAUSE || sender->repeats;
}

char *
peal_dtmf_sender_stop (PealDtmfSender *sender)
{
  char under_way[] = { sender->state == TONE ? PEAL_DTMF_KEYS[sender->event] : 0, 0 };
  char *left = g_strconcat (under_way, sender->waiting, NULL);

  sender->waiting[0] = 0;
  sender->state = QUIET;
  sender->repeats = 0;
  return left;
}

static void
enter (PealDtmfSender *sender, State state, guint32 timestamp)
{
  sender->state = state;
  sender->since = timestamp;
}

/* The next of what waits begins. */
static void
begin (PealDtmfSender *sender, guint32 timestamp)
{
  char key = sender->waiting[0];

  if (!key) {
    enter (sender, QUIET, timestamp);
    return;
  }
  memmove (sender->waiting, sender->waiting + 1, strlen (sender->waiting));
  enter (sender, key == ',' ? PAUSE : TONE, timestamp);
  if (key == ',')
    return;
  sender->event = (guint) (strchr (PEAL_DTMF_KEYS, key) - PEAL_DTMF_KEYS);
  sender->left = sender->tone;
  sender->marked = FALSE;
}

static void
say (PealDtmfSender *sender, PealDtmfStep *step)
{
  step->packet = TRUE;
  step->marker = !sender->marked;
  step->timestamp = sender->said;
  memcpy (step->payload, sender->last, sizeof step->payload);
  sender->marked = TRUE;
}

/* The packet covers the sound whose place it takes: it tells of the key until that frame's end. */
static void
tone (PealDtmfSender *sender, guint32 timestamp, PealDtmfStep *step)
{
  guint longest = (guint) ((guint64) PEAL_DTMF_LONGEST * sender->line_rate / sender->clock_rate);
  guint so_far = MIN (timestamp + sender->frame - sender->since, sender->left);
  gboolean segment = so_far > longest; /* §2.5.1.3: no end, and what is left begins there */
  gboolean end = !segment && so_far == sender->left;
  guint64 duration = (guint64) so_far * sender->clock_rate / sender->line_rate;

  peal_dtmf_write (&(PealDtmfPayload) { .event = sender->event,
                                        .end = end,
                                        .volume = VOLUME,
                                        .duration = (guint) MIN (duration, PEAL_DTMF_LONGEST) },
                   sender->last);
  sender->said = sender->since;
  say (sender, step);
  step->frame = PEAL_DTMF_NOTHING;
  if (segment) {
    sender->since += longest;
    sender->left -= longest;
  }
  if (end) {
    sender->repeats = REPEATS;
    enter (sender, GAP, sender->since + sender->left);
  }
}

static void
gap (PealDtmfSender *sender, PealDtmfStep *step)
{
  gboolean a_key_follows = sender->waiting[0] && sender->waiting[0] != ',';

  if (sender->repeats) {
    say (sender, step);
    sender->repeats--;
  }
  if (step->packet && sender->repeats)
    step->frame = PEAL_DTMF_NOTHING;
  else
    step->frame = a_key_follows ? PEAL_DTMF_SILENCE : PEAL_DTMF_SOUND;
}

void
peal_dtmf_sender_step (PealDtmfSender *sender, guint32 timestamp, PealDtmfStep *step)
{
  guint gone = timestamp - sender->since;

  *step = (PealDtmfStep) { .frame = PEAL_DTMF_SOUND };
  gboolean over = sender->state == QUIET ||
                  (sender->state == PAUSE && gone >= units (sender, PAUSE_MS)) ||
                  (sender->state == GAP && !sender->repeats && gone >= units (sender, GAP_MS));
  if (over)
    begin (sender, timestamp);
  if (sender->state == TONE)
    tone (sender, timestamp, step);
  else if (sender->state == GAP)
    gap (sender, step);
}
