/* A server by script, in the same process and loop: a table of {wait for, say} at the far end of a
 * socket pair.
 *
 * {challenge} and {success} in what is said become the next message of a real SCRAM server that
 * knows the password; everything else is said as it stands. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gsasl.h>
#include <string.h>
#include <sys/socket.h>

#include "signaling/stream/stream.h"

#define HEADER                                                                                     \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='example.org' id='x' "           \
  "version='1.0' "                                                                                 \
  "xmlns:stream='http://etherx.jabber.org/streams'>"
#define SASL         " xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
#define MECHANISM(m) "<mechanism>" m "</mechanism>"
#define OFFERS(m)    "<stream:features><mechanisms" SASL ">" m "</mechanisms></stream:features>"
#define SESSION                                                                                    \
  "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm "                          \
  "xmlns='urn:xmpp:sm:3'/></stream:features>"
#define BOUND                                                                                      \
  "<iq type='result' id='bind'><bind "                                                             \
  "xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.org/r1</jid></bind></iq>"
#define ENABLED(id) "<enabled xmlns='urn:xmpp:sm:3' resume='true' id='" id "'/>"
#define CHALLENGE   "<challenge" SASL ">{challenge}</challenge>"
#define SUCCESS     "<success" SASL ">{success}</success>"
/* From the first byte to the second features, and to the session. */
#define AUTHENTICATES                                                                              \
  { "<stream:stream", HEADER },                                                                    \
      { "", OFFERS (MECHANISM ("PLAIN") MECHANISM ("SCRAM-SHA-1") MECHANISM ("SCRAM-SHA-256")) },  \
      { "</auth>", CHALLENGE }, { "</response>", SUCCESS }, { "<stream:stream", HEADER },          \
  {                                                                                                \
    "", SESSION                                                                                    \
  }
#define LOGS_IN(id)                                                                                \
  AUTHENTICATES, { "</iq>", BOUND },                                                               \
  {                                                                                                \
    "<enable ", ENABLED (id)                                                                       \
  }

typedef struct {
  const char *wait; /* consumed up to its end; NULL ends the table */
  const char *say;  /* "{hang up}" closes */
} Line;

typedef struct {
  const Line *lines;
  guint next, end; /* rows from @end on are never played */
  GSocketConnection *connection;
  GCancellable *cancellable;
  GString *heard; /* all of it */
  gsize seen;     /* how much of it the table has consumed */
  Gsasl *library;
  Gsasl_session *session;
  char buffer[4096];
} Script;

static void script_listen (Script *script);

static int
script_answer (Gsasl *library, Gsasl_session *session, Gsasl_property property)
{
  switch (property) {
  case GSASL_PASSWORD:
    return gsasl_property_set (session, property, "secret");
  case GSASL_SCRAM_ITER:
    return gsasl_property_set (session, property, "4096");
  case GSASL_SCRAM_SALT:
    return gsasl_property_set (session, property, "c2FsdHNhbHRzYWx0");
  default:
    return GSASL_NO_CALLBACK;
  }
}

/* The content of the last <auth>, <response> or <initial-response> that the table has consumed. */
static char *
script_message (Script *script)
{
  static const char *const openings[] = { "<auth ", "<response", "<initial-response" };
  const char *last = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (openings); i++) {
    const char *at = g_strrstr_len (script->heard->str, script->seen, openings[i]);
    last = MAX (last, at);
  }
  g_assert_nonnull (last);
  const char *begin = strchr (last, '>') + 1;
  return g_strndup (begin, strcspn (begin, "<"));
}

/* The next message of the SCRAM server, for the last one of the client. */
static char *
script_scram (Script *script)
{
  g_autofree char *message = script_message (script);
  if (!script->session) {
    gboolean sha256 = strstr (script->heard->str, "SCRAM-SHA-256") != NULL;
    g_assert_cmpint (gsasl_init (&script->library), ==, GSASL_OK);
    gsasl_callback_set (script->library, script_answer);
    g_assert_cmpint (gsasl_server_start (script->library, sha256 ? "SCRAM-SHA-256" : "SCRAM-SHA-1",
                                         &script->session),
                     ==, GSASL_OK);
  }
  char *output = NULL;
  int rc = gsasl_step64 (script->session, message, &output);
  g_assert_true (rc == GSASL_OK || rc == GSASL_NEEDS_MORE);
  char *copy = g_strdup (output);
  gsasl_free (output);
  return copy;
}

static void
script_say (Script *script, const char *text)
{
  if (strcmp (text, "{hang up}") == 0) {
    g_io_stream_close (G_IO_STREAM (script->connection), NULL, NULL);
    return;
  }
  g_autofree char *message =
      strstr (text, "{challenge}") || strstr (text, "{success}") ? script_scram (script) : NULL;
  g_autoptr(GString) all = g_string_new (text);
  g_string_replace (all, "{challenge}", message ? message : "", 0);
  g_string_replace (all, "{success}", message ? message : "", 0);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (script->connection)),
                             all->str, all->len, NULL, NULL, NULL);
}

static void
script_play (Script *script)
{
  while (script->next < script->end && script->lines[script->next].wait &&
         !g_io_stream_is_closed (G_IO_STREAM (script->connection))) {
    const Line *line = &script->lines[script->next];
    const char *at = strstr (script->heard->str + script->seen, line->wait);
    if (!at)
      return;
    script->seen = at - script->heard->str + strlen (line->wait);
    script->next++;
    script_say (script, line->say);
  }
}

static void
script_heard (GObject *stream, GAsyncResult *result, gpointer user)
{
  g_autoptr(GError) error = NULL;
  gssize length = g_input_stream_read_finish (G_INPUT_STREAM (stream), result, &error);
  if (length <= 0)
    return; /* closed, or cancelled by script_clear, and then @user is gone */
  Script *script = user;
  g_string_append_len (script->heard, script->buffer, length);
  script_play (script);
  script_listen (script);
}

static void
script_listen (Script *script)
{
  if (!g_io_stream_is_closed (G_IO_STREAM (script->connection)))
    g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (script->connection)),
                               script->buffer, sizeof script->buffer, G_PRIORITY_DEFAULT,
                               script->cancellable, script_heard, script);
}

static GSocketConnection *
script_end (int fd)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, NULL);
  return g_socket_connection_factory_create_connection (socket);
}

/* Begins to play; returns the client's end. */
static GIOStream *
script_start (Script *script)
{
  int ends[2];
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM, 0, ends));
  script->heard = g_string_new (NULL);
  script->cancellable = g_cancellable_new ();
  script->connection = script_end (ends[1]);
  script_listen (script);
  return G_IO_STREAM (script_end (ends[0]));
}

static void
script_clear (Script *script)
{
  if (!script->connection)
    return;
  g_cancellable_cancel (script->cancellable);
  g_object_unref (script->cancellable);
  g_object_unref (script->connection);
  g_string_free (script->heard, TRUE);
  if (script->session)
    gsasl_finish (script->session);
  if (script->library)
    gsasl_done (script->library);
}
