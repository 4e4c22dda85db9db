/* What the user may want of a phone: each is one function, and a sentence where it cannot be. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "cli/command.h"
#include "cli/phone_inner.h"
#include "cli/verbs.h"
#include "signaling/wire/jid.h"

static gboolean
cannot (GError **error, const char *why)
{
  g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, why);
  return FALSE;
}

const char *
peal_phone_command (PealPhone *phone)
{
  const PealCommand *command = phone->setup.options->command;

  return command ? command->name : "";
}

/* --- the call that runs --- */

static void
tell_control (PealPhone *phone, PealEventKind kind, const char *word)
{
  PealEvent event;

  peal_event_init (&event, kind);
  event.call = g_strdup (phone->sid);
  event.by = PEAL_BY_LOCAL;
  event.reason = g_strdup (word);
  peal_screen_event (phone->screen, &event);
  peal_client_event (phone->client, &event);
  peal_event_clear (&event);
}

gboolean
peal_phone_is (PealPhone *phone, PealControl control)
{
  return control == PEAL_CONTROL_HOLD ? phone->held : phone->muted;
}

gboolean
peal_phone_control (PealPhone *phone, PealControl control, gboolean on, GError **error)
{
  static const char *const words[][2] = { { "unmute", "mute" }, { "unhold", "hold" } };
  gboolean hold = control == PEAL_CONTROL_HOLD;
  gboolean *now = hold ? &phone->held : &phone->muted;

  if (!phone->sid || !peal_endpoint_control (phone->endpoint, phone->sid, control, on, NULL))
    return cannot (error, "there is no call to mute or to hold");
  *now = on;
  tell_control (phone, hold ? PEAL_EVENT_HOLD : PEAL_EVENT_MUTE, words[hold][on]);
  return TRUE;
}

gboolean
peal_phone_shows (PealPhone *phone)
{
  return phone->shows;
}

gboolean
peal_phone_video (PealPhone *phone, gboolean on, GError **error)
{
  if (!phone->sid || !phone->connected)
    return cannot (error, "no picture can be shown before a call is connected");
  if (on && !strcmp (phone->setup.options->video_in, "none"))
    return cannot (error, "there is no picture to show: --video-in none was said");
  if (!peal_endpoint_send_content (phone->endpoint, phone->sid, "video", on, error))
    return FALSE;
  phone->shows = on;
  return TRUE;
}

gboolean
peal_phone_dtmf (PealPhone *phone, const char *digits, GError **error)
{
  if (!phone->sid || !phone->connected ||
      !peal_endpoint_control (phone->endpoint, phone->sid, PEAL_CONTROL_DTMF, 0, digits))
    return cannot (error, "nothing can be dialled before a call is connected");
  if (!phone->setup.options->json)
    peal_printer_say (peal_client_printer (phone->client), "dialling %s", digits);
  return TRUE;
}

gboolean
peal_phone_hang_up (PealPhone *phone, GError **error)
{
  if (!phone->sid)
    return cannot (error, peal_phone_ringing (phone) ? "no call runs; decline ends one that rings"
                                                     : "there is no call to end; Ctrl-C leaves");
  peal_endpoint_hangup (phone->endpoint, phone->sid,
                        phone->connected ? PEAL_REASON_SUCCESS : PEAL_REASON_CANCEL,
                        phone->connected ? PEAL_CAUSE_SUCCESS : PEAL_CAUSE_CANCELLED);
  return TRUE;
}

gboolean
peal_phone_talks (PealPhone *phone)
{
  return phone->sid != NULL;
}

gboolean
peal_phone_talked (PealPhone *phone)
{
  return phone->talked;
}

/* --- the calls that ring --- */

guint
peal_phone_ringing (PealPhone *phone)
{
  return peal_ringing_count (phone->ringing);
}

/* Where there is a choice, what it is. */
static void
tell_choice (PealPhone *phone)
{
  PealPrinter *printer = peal_client_printer (phone->client);
  guint count = peal_ringing_count (phone->ringing);

  if (count < 2)
    return;
  for (guint i = 1; i <= count; i++) {
    const PealRing *ring = peal_ringing_get (phone->ringing, i);
    gboolean meant = ring == peal_ringing_get (phone->ringing, 0);
    peal_printer_say (printer, "%s %u  %s%s", meant ? ">" : " ", i, ring->peer,
                      ring->contact ? "" : " (not a contact)");
  }
  peal_printer_say (printer, "%u calls ring: %s", count,
                    phone->keys ? "1 to 9 choose one, a accepts it, d declines it"
                                : "accept or decline one by its number");
}

void
peal_phone_ring (PealPhone *phone, const PealEvent *incoming)
{
  g_autofree char *bare = peal_jid_bare (incoming->peer);
  const PealRing ring = {
    .sid = incoming->call,
    .peer = incoming->peer,
    .contact = peal_roster_trusts (peal_client_roster (phone->client), bare),
    .since = g_get_monotonic_time (),
  };

  peal_ringing_add (phone->ringing, &ring);
  if (peal_ringing_count (phone->ringing) == 1)
    peal_printer_say (peal_client_printer (phone->client), "%s is calling: %s", incoming->peer,
                      phone->keys ? "press a to accept, d to decline" : "say accept or decline");
  tell_choice (phone);
  peal_phone_tune (phone);
  peal_screen_refresh (phone->screen);
}

/* Takes the one of @number out of the list: its sid. */
static char *
pick (PealPhone *phone, guint number, GError **error)
{
  const PealRing *ring = peal_ringing_get (phone->ringing, number);
  char *sid = ring ? g_strdup (ring->sid) : NULL;

  if (!ring)
    cannot (error, number && peal_phone_ringing (phone) ? "no call of that number rings"
                                                        : "no call rings");
  else
    peal_ringing_remove (phone->ringing, sid);
  peal_phone_tune (phone);
  return sid;
}

gboolean
peal_phone_accept (PealPhone *phone, guint number, GError **error)
{
  if (phone->sid)
    return cannot (error, "a call runs already: hang up first");
  g_autofree char *sid = pick (phone, number, error);
  if (sid)
    peal_endpoint_accept (phone->endpoint, sid);
  peal_screen_refresh (phone->screen);
  return sid != NULL;
}

gboolean
peal_phone_decline (PealPhone *phone, guint number, GError **error)
{
  g_autofree char *sid = pick (phone, number, error);

  if (sid)
    peal_endpoint_reject (phone->endpoint, sid, PEAL_REASON_DECLINE);
  tell_choice (phone);
  peal_screen_refresh (phone->screen);
  return sid != NULL;
}

gboolean
peal_phone_choose (PealPhone *phone, guint number, GError **error)
{
  if (!peal_ringing_choose (phone->ringing, number))
    return cannot (error, "no call of that number rings");
  tell_choice (phone);
  peal_screen_refresh (phone->screen);
  return TRUE;
}

/* --- what is said --- */

static void
say_lines (PealPhone *phone, const char *text)
{
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);

  for (char **line = lines; *line; line++) {
    char *tab = strchr (*line, '\t');
    if (tab)
      *tab = 0;
    peal_printer_say (peal_client_printer (phone->client), tab ? "  %-16s %s" : "%s%s", *line,
                      tab ? tab + 1 : "");
  }
}

gboolean
peal_phone_tell_figures (PealPhone *phone, GError **error)
{
  g_autofree char *text = peal_screen_figures (phone->screen);

  if (!text)
    return cannot (error, "there are no numbers before a call is connected");
  say_lines (phone, text);
  return TRUE;
}

void
peal_phone_tell_help (PealPhone *phone, gboolean keys)
{
  const char *command = peal_phone_command (phone);
  g_autofree char *text = keys ? peal_verbs_keys_help (command) : peal_verbs_lines_help (command);

  say_lines (phone, text);
}

void
peal_phone_tell_error (PealPhone *phone, const GError *error)
{
  PealEvent event;

  peal_event_init (&event, PEAL_EVENT_ERROR);
  event.call = g_strdup (phone->sid);
  event.cause = (PealCause) error->code;
  event.text = g_strdup (error->message);
  peal_client_event (phone->client, &event);
  peal_event_clear (&event);
}
