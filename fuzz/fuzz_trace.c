/* Fuzzes the trace: whatever stanza passes, its line is JSON and tells no secret.
 *
 * The secret is the word "hunter2": where it stands only in places that are secret, it must not
 * stand in what is left. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <strophe.h>
#include <unistd.h>

#include "signaling/trace.h"

#define SECRET "hunter2"

typedef struct {
  guint hidden, open; /* how often the secret stands where it is blanked, and elsewhere */
} Places;

static guint
times (const char *text)
{
  guint n = 0;

  for (const char *at = text; at && (at = strstr (at, SECRET)); at += strlen (SECRET))
    n++;
  return n;
}

static void
look_at_attributes (xmpp_stanza_t *stanza, Places *places)
{
  static const char *const secret[] = { "pwd", "password", "key-params", "username", NULL };
  int n = xmpp_stanza_get_attribute_count (stanza);
  g_autofree const char **pairs = g_new0 (const char *, 2 * n + 1);

  xmpp_stanza_get_attributes (stanza, pairs, 2 * n);
  for (int i = 0; i < n; i++) {
    guint here = times (pairs[2 * i + 1]);
    *(g_strv_contains (secret, pairs[2 * i]) ? &places->hidden : &places->open) += here;
    places->open += times (pairs[2 * i]);
  }
}

static void
look (xmpp_stanza_t *stanza, Places *places)
{
  static const char *const secret[] = {
    "auth",     "response", "challenge", "success", "initial-response", "additional-data",
    "password", "token",    NULL,
  };
  const char *name = xmpp_stanza_get_name (stanza);
  xmpp_stanza_t *first = xmpp_stanza_get_children (stanza);

  places->open += times (name);
  look_at_attributes (stanza, places);
  for (xmpp_stanza_t *child = first; child; child = xmpp_stanza_get_next (child)) {
    if (xmpp_stanza_is_tag (child))
      look (child, places);
    else if (child == first && g_strv_contains (secret, name))
      places->hidden += times (xmpp_stanza_get_text_ptr (child));
    else
      places->open += times (xmpp_stanza_get_text_ptr (child));
  }
}

/* One trace for all inputs. */
static PealTrace *
trace (int *file)
{
  static PealTrace *all;
  static int reader;

  if (!all) {
    g_autofree char *path =
        g_strdup_printf ("%s/peal-fuzz-trace-%d", g_get_tmp_dir (), (int) getpid ());
    all = peal_trace_open (path, NULL);
    reader = g_open (path, O_RDWR, 0);
    g_assert_true (all && reader >= 0);
    g_unlink (path);
  }
  *file = reader;
  return all;
}

/* What was written since the last time. */
static char *
written (int file)
{
  static off_t at;
  GString *text = g_string_new (NULL);
  char buffer[4096];

  for (ssize_t n; (n = pread (file, buffer, sizeof buffer, at)) > 0; at += n)
    g_string_append_len (text, buffer, n);
  return g_string_free (text, FALSE);
}

static void
check_line (const char *line)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();

  g_assert_true (g_str_has_suffix (line, "\n"));
  g_assert_true (strchr (line, '\n') == line + strlen (line) - 1);
  g_assert_true (json_parser_load_from_data (parser, line, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  int file;
  PealTrace *all = trace (&file);
  g_autofree char *raw = g_strndup ((const char *) data, size);
  xmpp_ctx_t *context = xmpp_ctx_new (NULL, NULL);
  xmpp_stanza_t *stanza = xmpp_stanza_new_from_string (context, raw);
  Places places = { 0 };
  char *text = NULL;
  size_t length = 0;

  peal_trace_stanza (all, FALSE, (const char *) data, size);
  g_autofree char *line = written (file);
  check_line (line);
  if (stanza && xmpp_stanza_to_text (stanza, &text, &length) == XMPP_EOK) {
    look (stanza, &places);
    peal_trace_stanza (all, TRUE, text, length);
    g_autofree char *safe = written (file);
    check_line (safe);
    g_assert_true (places.open || !strstr (safe, SECRET));
    xmpp_free (context, text);
  }
  if (stanza)
    xmpp_stanza_release (stanza);
  xmpp_ctx_free (context);
  return 0;
}
