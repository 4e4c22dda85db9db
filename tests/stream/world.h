/* A stream against servers by script, one for each attempt to connect; what it told, traced and
 * received as text. */
// SPDX-License-Identifier: MIT
#pragma once

#include "tests/stream/script.h"

#define MAX_SCRIPTS 4

typedef struct {
  Script scripts[MAX_SCRIPTS]; /* one for each attempt to connect */
  guint n, opened;
  gboolean unsecured, free_when_online;
  PealStreamSetup setup;
  PealStream *stream;
  GString *told, *traced, *received;
} World;

static void
on_online (gpointer user, const char *jid, const char *server, const char *tls, gboolean resumed)
{
  World *world = user;
  g_string_append_printf (world->told, "%s %s at %s tls %s\n", resumed ? "resumed" : "online", jid,
                          server, tls ? tls : "none");
  if (world->free_when_online)
    g_clear_pointer (&world->stream, peal_stream_free);
}

static void
tell (World *world, const char *what, const GError *why)
{
  if (why)
    g_assert_true (why->domain == PEAL_CAUSE);
  const char *failure = why ? peal_cause_failure (why) : NULL;
  g_string_append_printf (world->told, "%s %s: %s [%s]\n", what,
                          why ? peal_cause_word (why->code) : "success", why ? why->message : "",
                          failure ? failure : "");
}

static void
on_offline (gpointer user, const GError *why)
{
  tell (user, "offline", why);
}

static void
on_closed (gpointer user, const GError *why)
{
  tell (user, "closed", why);
}

static const PealStreamEvents events = { .online = on_online,
                                         .offline = on_offline,
                                         .closed = on_closed };

static GIOStream *
open_next (gpointer user, gboolean *secured)
{
  World *world = user;
  static const Line mute[] = { { NULL } };
  if (world->opened == world->n)
    world->scripts[world->n++] = (Script) { .lines = mute, .end = G_MAXUINT };
  g_assert_cmpuint (world->opened, <, MAX_SCRIPTS);
  *secured = !world->unsecured;
  return script_start (&world->scripts[world->opened++]);
}

static void
on_trace (gpointer user, gboolean outgoing, const char *xml, gsize length)
{
  World *world = user;
  g_string_append_printf (world->traced, "%s %.*s\n", outgoing ? ">" : "<", (int) length, xml);
}

static gboolean
hear_message (gpointer user, PealPort *port, xmpp_stanza_t *stanza)
{
  World *world = user;
  const char *id = xmpp_stanza_get_id (stanza);
  g_string_append_printf (world->received, "%s ", id ? id : "-");
  return TRUE;
}

static const PealPortListener messages = { .kind = PEAL_STANZA_MESSAGE, .hear = hear_message };

static void
world_init (World *world)
{
  *world = (World) { .told = g_string_new (NULL),
                     .traced = g_string_new (NULL),
                     .received = g_string_new (NULL) };
  world->setup = (PealStreamSetup) {
    .jid = "alice@example.org",
    .password = "secret",
    .trace = on_trace,
    .trace_user = world,
    .open = open_next,
    .open_user = world,
  };
}

static void
world_plays (World *world, const Line *lines, guint end)
{
  world->scripts[world->n++] = (Script) { .lines = lines, .end = end };
}

static void
world_begin (World *world)
{
  world->stream = peal_stream_new (&world->setup, &events, world);
  peal_port_listen (peal_stream_port (world->stream), &messages, world);
}

static void
world_clear (World *world)
{
  g_clear_pointer (&world->stream, peal_stream_free);
  for (guint i = 0; i < world->n; i++)
    script_clear (&world->scripts[i]);
  while (g_main_context_iteration (NULL, FALSE)) /* cancelled operations call back */
    ;
  g_string_free (world->told, TRUE);
  g_string_free (world->traced, TRUE);
  g_string_free (world->received, TRUE);
}

static gboolean
on_too_late (gpointer late)
{
  *(gboolean *) late = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Runs until @text holds @word. */
static void
until (World *world, GString *text, const char *word)
{
  gboolean late = FALSE;
  guint deadline = g_timeout_add_seconds (10, on_too_late, &late);
  while (!strstr (text->str, word) && !late)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (deadline);
  if (late)
    g_error ("no \"%s\" in \"%s\"; told: %s; traced: %s", word, text->str, world->told->str,
             world->traced->str);
}

static inline guint
times (const char *text, const char *word)
{
  guint n = 0;
  for (const char *at = text; (at = strstr (at, word)); at += strlen (word))
    n++;
  return n;
}

static inline void
message (World *world, const char *id)
{
  PealPort *port = peal_stream_port (world->stream);
  xmpp_stanza_t *stanza =
      xmpp_message_new (peal_port_context (port), "chat", "bob@example.org", id);
  peal_port_send (port, stanza);
}
