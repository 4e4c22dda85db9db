/* Events as sentences: one function a kind, one table of them. */
// SPDX-License-Identifier: MIT
#include "cli/sentence.h"

#include <math.h>

/* Letters that reorder what stands around them: a name must not look like another one. */
static gboolean
turns_direction (gunichar letter)
{
  return (letter >= 0x202a && letter <= 0x202e) || (letter >= 0x2066 && letter <= 0x2069) ||
         letter == 0x200e || letter == 0x200f || letter == 0x061c;
}

char *
peal_sentence_safe (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr(GString) safe = g_string_new (NULL);

  for (const char *at = valid; *at; at = g_utf8_next_char (at)) {
    gunichar letter = g_utf8_get_char (at);
    g_string_append_unichar (safe, g_unichar_iscntrl (letter) || turns_direction (letter) ? 0xfffd
                                                                                          : letter);
  }
  return g_string_free (g_steal_pointer (&safe), FALSE);
}

/* ", word" for each that is there. */
static void
append (GString *out, const char *word)
{
  if (word)
    g_string_append_printf (out, "%s%s", out->len && out->str[out->len - 1] != ' ' ? ", " : "",
                            word);
}

/* Whoever was told that the server is gone is told that it is back. */
static gboolean
is_back (const PealEvent *event)
{
  return event->kind == PEAL_EVENT_ONLINE && (event->resumed == 1 || event->reason);
}

static void
online (GString *out, const PealEvent *event)
{
  g_string_printf (out, "%s as %s (%s)%s%s", is_back (event) ? "online again" : "online",
                   event->jid, event->tls ? event->tls : "not encrypted", event->reason ? ", " : "",
                   event->reason ? event->reason : "");
}

static void
offline (GString *out, const PealEvent *event)
{
  g_string_printf (out, "the server is gone, trying again%s%s", event->reason ? ": " : "",
                   event->reason ? event->reason : "");
}

static void
incoming (GString *out, const PealEvent *event)
{
  g_string_printf (out, "%s calls%s%s%s", event->peer, event->media ? " (" : "",
                   event->media ? event->media : "", event->media ? ")" : "");
}

static void
outgoing (GString *out, const PealEvent *event)
{
  g_string_printf (out, "calling %s", event->peer);
}

static void
ringing (GString *out, const PealEvent *event)
{
  g_string_printf (out, "%s rings", event->peer);
}

static void
accepted (GString *out, const PealEvent *event)
{
  g_string_printf (out, "%s answers", event->peer);
}

static gboolean
is_picture (const PealEvent *event)
{
  return g_strcmp0 (event->media, "video") == 0;
}

static void
connected (GString *out, const PealEvent *event)
{
  g_string_append_printf (out, "%sconnected: ", is_picture (event) ? "picture " : "");
  append (out, event->path.path);
  append (out, event->path.encryption);
  append (out, event->codec);
  if (event->path.rtt_ms >= 0)
    g_string_append_printf (out, ", round trip %d ms", event->path.rtt_ms);
  if (event->setup_ms >= 0)
    g_string_append_printf (out, ", after %d ms", event->setup_ms);
}

static void
media (GString *out, const PealEvent *event)
{
  g_string_append_printf (out, "first %s arrives", is_picture (event) ? "picture" : "sound");
  if (event->after_ms >= 0)
    g_string_append_printf (out, " after %d ms", event->after_ms);
}

static void
dtmf (GString *out, const PealEvent *event)
{
  g_string_printf (out, "key %s", event->digit);
}

static const char *
whose (const PealEvent *event)
{
  return event->by == PEAL_BY_REMOTE ? "the other side" : "you";
}

static void
hold (GString *out, const PealEvent *event)
{
  gboolean back = g_strcmp0 (event->reason, "unhold") == 0;
  g_string_printf (out, "%s, by %s", back ? "no longer on hold" : "on hold", whose (event));
}

static void
mute (GString *out, const PealEvent *event)
{
  gboolean back = g_strcmp0 (event->reason, "unmute") == 0;
  g_string_printf (out, "%s%s, by %s", is_picture (event) ? "picture " : "",
                   back ? "no longer muted" : "muted", whose (event));
}

static const char *
what (const PealEvent *event)
{
  return is_picture (event) ? "picture" : event->media ? event->media : "content";
}

static void
added (GString *out, const PealEvent *event)
{
  g_string_printf (out, "%s added, by %s", what (event), whose (event));
}

static void
removed (GString *out, const PealEvent *event)
{
  g_string_printf (out, "%s removed, by %s", what (event), whose (event));
  if (event->reason && g_strcmp0 (event->reason, "success") != 0)
    g_string_append_printf (out, " (%s)", event->reason);
}

static void
weak (GString *out, const PealEvent *event)
{
  g_string_append (out, "the path is weak: nothing arrives");
}

/* In a call; the rows of `peal devices` are results, not remarks. */
static void
device (GString *out, const PealEvent *event)
{
  gboolean gone = !g_strcmp0 (event->state, "gone");

  if (!event->call)
    return;
  g_string_printf (out, "--%s %s is %s", event->feature, event->name, gone ? "gone" : "back");
  if (gone)
    g_string_append_printf (out, " (%s); the call goes on, and it is used when it is back",
                            event->reason);
}

static void
restart (GString *out, const PealEvent *event)
{
  g_string_append (out, "looking for another path");
}

/* Of a call. How the command itself ended is said by its status, or by the failure's sentence. */
static void
ended (GString *out, const PealEvent *event)
{
  if (!event->call)
    return;
  g_string_append_printf (out, "call ended: %s", peal_cause_word (event->cause));
  if (event->by)
    g_string_append_printf (out, ", by %s", whose (event));
  if (isfinite (event->duration_s))
    g_string_append_printf (out, ", after %.0f s", event->duration_s);
}

static void
failure (GString *out, const PealEvent *event)
{
  g_string_printf (out, "%s%s%s", event->text ? event->text : peal_cause_word (event->cause),
                   event->hint ? "; " : "", event->hint ? event->hint : "");
}

static const struct {
  void (*say) (GString *out, const PealEvent *event);
  int verbose;
} sentences[PEAL_N_EVENTS] = {
  [PEAL_EVENT_ONLINE] = { online, 1 },       [PEAL_EVENT_OFFLINE] = { offline, 0 },
  [PEAL_EVENT_INCOMING] = { incoming, 0 },   [PEAL_EVENT_OUTGOING] = { outgoing, 0 },
  [PEAL_EVENT_RINGING] = { ringing, 0 },     [PEAL_EVENT_ACCEPTED] = { accepted, 0 },
  [PEAL_EVENT_CONNECTED] = { connected, 0 }, [PEAL_EVENT_MEDIA] = { media, 0 },
  [PEAL_EVENT_DTMF] = { dtmf, 0 },           [PEAL_EVENT_HOLD] = { hold, 0 },
  [PEAL_EVENT_MUTE] = { mute, 0 },           [PEAL_EVENT_WEAK] = { weak, 0 },
  [PEAL_EVENT_RESTART] = { restart, 0 },     [PEAL_EVENT_ENDED] = { ended, 0 },
  [PEAL_EVENT_CONTENT_ADDED] = { added, 0 }, [PEAL_EVENT_CONTENT_REMOVED] = { removed, 0 },
  [PEAL_EVENT_DEVICE] = { device, 0 },       [PEAL_EVENT_ERROR] = { failure, 0 },
};

char *
peal_sentence_of (const PealEvent *event, int *verbose)
{
  g_autoptr(GString) out = g_string_new (NULL);

  *verbose = is_back (event) ? 0 : sentences[event->kind].verbose;
  if (sentences[event->kind].say) {
    sentences[event->kind].say (out, event);
    return out->len ? peal_sentence_safe (out->str) : NULL;
  }
  /* What has no sentence is for those who want to know everything. */
  *verbose = 2;
  g_autofree char *text = peal_event_text (event);
  return peal_sentence_safe (text);
}
