/* What the user wants of a running voice: mute, hold, keys of a telephone; and what the peer wants
 * of it. The exchange hears of it on its loop, in the order it was said. */
// SPDX-License-Identifier: MIT
#include "media/medium_inner.h"

typedef struct {
  PealMedium *medium;
  PealControl control; /* 0: a new direction */
  int value;
  gboolean send, receive;
  char *keys;     /* owned; of DTMF */
  PealSync *sync; /* likewise; of a picture; NULL: another wish */
} Wish;

static gboolean
stops_hearing (const Wish *wish)
{
  return wish->control == PEAL_CONTROL_HOLD ? wish->value : !wish->control && !wish->receive;
}

static void
grant (gpointer user)
{
  g_autofree Wish *wish = user;
  g_autofree char *keys = wish->keys;
  PealExchange *exchange = wish->medium->exchange;

  if (wish->sync) {
    g_clear_pointer (&wish->medium->sync, peal_sync_unref);
    wish->medium->sync = wish->sync;
  } else if (exchange && !wish->control)
    peal_exchange_direct (exchange, wish->send, wish->receive);
  if (exchange && wish->control == PEAL_CONTROL_MUTE)
    peal_exchange_mute (exchange, wish->value);
  if (exchange && wish->control == PEAL_CONTROL_HOLD)
    peal_exchange_hold (exchange, wish->value);
  if (wish->medium->sync && stops_hearing (wish))
    peal_sync_silent (wish->medium->sync);
  if (exchange && keys && !peal_exchange_dial (exchange, keys, (guint) wish->value))
    peal_medium_tell_unsaid (wish->medium, keys, PEAL_CAUSE_MEDIA,
                             "too many wait to be sent already");
  peal_medium_unref (wish->medium);
}

static void
pass_on (PealMedium *medium, const Wish *wish)
{
  Wish *posted = g_memdup2 (wish, sizeof *wish);

  posted->medium = peal_medium_ref (medium);
  peal_loop_post (medium->loop, grant, posted);
}

void
peal_medium_wish_direction (PealMedium *medium, gboolean send, gboolean receive)
{
  pass_on (medium, &(Wish) { .send = send, .receive = receive });
}

void
peal_medium_follow (PealMedium *medium, PealSync *sync)
{
  pass_on (medium, &(Wish) { .sync = peal_sync_ref (sync), .receive = TRUE });
}

void
peal_medium_wish_mute (PealMedium *medium)
{
  pass_on (medium, &(Wish) { .control = PEAL_CONTROL_MUTE, .value = medium->muted });
}

/* On hold is who holds, or whom the peer does: in either case nothing is said or heard. */
static gboolean
is_held (const PealMedium *medium)
{
  return medium->held || medium->put_off;
}

void
peal_medium_wish_hold (PealMedium *medium)
{
  pass_on (medium, &(Wish) { .control = PEAL_CONTROL_HOLD, .value = is_held (medium) });
}

/* --- keys --- */

/* What stands against sending keys, of what is known here; NULL: nothing does. */
static const char *
why_no_keys (const PealMedium *medium)
{
  if (!medium->started)
    return "the call is not connected yet";
  if (!medium->keys)
    return "the other side takes none (it knows no telephone-event)";
  if (is_held (medium))
    return "the call is on hold";
  return medium->sending ? NULL : "the other side does not listen";
}

static void
press (PealMedium *medium, const char *keys, int tone_ms)
{
  g_autoptr(GError) error = NULL;
  const char *why = why_no_keys (medium);

  if (!medium->events)
    return;
  if (!peal_dtmf_check (keys, &error))
    peal_medium_tell_unsaid (medium, keys, PEAL_CAUSE_USAGE, error->message);
  else if (why)
    peal_medium_tell_unsaid (medium, keys, medium->keys ? PEAL_CAUSE_MEDIA : PEAL_CAUSE_UNSUPPORTED,
                             why);
  else
    pass_on (medium, &(Wish) { .control = PEAL_CONTROL_DTMF,
                               .value = MAX (0, tone_ms),
                               .keys = g_strdup (keys) });
}

void
peal_medium_control (PealMedium *medium, PealControl control, int value, const char *text)
{
  switch (control) {
  case PEAL_CONTROL_MUTE:
    medium->muted = value;
    peal_medium_wish_mute (medium);
    return;
  case PEAL_CONTROL_HOLD:
    medium->held = value;
    peal_medium_wish_hold (medium);
    return;
  case PEAL_CONTROL_HELD:
    medium->put_off = value;
    peal_medium_wish_hold (medium);
    return;
  case PEAL_CONTROL_DTMF:
    press (medium, text, value);
    return;
  }
}
