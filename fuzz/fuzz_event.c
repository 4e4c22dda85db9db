/* Fuzzes what is printed: an event of arbitrary strings and numbers is a line of valid JSON with
 * those strings in it, a line of text, and a sentence that cannot steer a terminal. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include <json-glib/json-glib.h>

#include "cli/sentence.h"
#include "signaling/event.h"

#define LAST_MOMENT (G_GINT64_CONSTANT (253402300800) * G_USEC_PER_SEC) /* the year 10000 */

/* The strings of an event, and their names in JSON. */
static const struct {
  const char *name;
  gsize offset;
} strings[] = {
  { "call", G_STRUCT_OFFSET (PealEvent, call) },
  { "transfer", G_STRUCT_OFFSET (PealEvent, transfer) },
  { "peer", G_STRUCT_OFFSET (PealEvent, peer) },
  { "content", G_STRUCT_OFFSET (PealEvent, content) },
  { "media", G_STRUCT_OFFSET (PealEvent, media) },
  { "jid", G_STRUCT_OFFSET (PealEvent, jid) },
  { "server", G_STRUCT_OFFSET (PealEvent, server) },
  { "tls", G_STRUCT_OFFSET (PealEvent, tls) },
  { "local", G_STRUCT_OFFSET (PealEvent, path.local) },
  { "remote", G_STRUCT_OFFSET (PealEvent, path.remote) },
  { "codec", G_STRUCT_OFFSET (PealEvent, codec) },
  { "digit", G_STRUCT_OFFSET (PealEvent, digit) },
  { "via", G_STRUCT_OFFSET (PealEvent, via) },
  { "reason", G_STRUCT_OFFSET (PealEvent, reason) },
  { "text", G_STRUCT_OFFSET (PealEvent, text) },
  { "hint", G_STRUCT_OFFSET (PealEvent, hint) },
  { "name", G_STRUCT_OFFSET (PealEvent, name) },
};

static double
any_double (FuzzInput *input)
{
  guint64 bits = (guint64) fuzz_u32 (input) << 32;
  double value;

  bits |= fuzz_u32 (input);
  memcpy (&value, &bits, sizeof value);
  return value;
}

static gint64
any_int64 (FuzzInput *input)
{
  guint64 high = fuzz_u32 (input);

  return (gint64) (high << 32 | fuzz_u32 (input));
}

static void
read_stats (FuzzInput *input, PealStats *stats)
{
  peal_stats_init (stats);
  stats->packets_sent = any_int64 (input);
  stats->lost = any_int64 (input);
  stats->jitter_ms = any_double (input);
  stats->rtt_ms = any_double (input);
  stats->level_db = any_double (input);
  stats->concealed = any_double (input);
  stats->fps = any_double (input);
  stats->width = (gint) fuzz_u32 (input);
}

static void
read_event (FuzzInput *input, PealEvent *event)
{
  PealStats stats;

  peal_event_init (event, (PealEventKind) (fuzz_u8 (input) % PEAL_N_EVENTS));
  event->time = (any_int64 (input) & G_MAXINT64) % LAST_MOMENT;
  event->cause = (PealCause) (fuzz_u8 (input) % PEAL_N_CAUSES);
  event->by = (PealBy) (fuzz_u8 (input) % 3);
  event->resumed = (gint) fuzz_u8 (input) - 1;
  event->setup_ms = (gint) fuzz_u32 (input);
  event->status = (gint) fuzz_u32 (input);
  event->duration_s = any_double (input);
  event->path.path = fuzz_u8 (input) & 1 ? "direct" : NULL;
  event->path.local_type = "host";
  event->path.encryption = "dtls-srtp";
  event->path.rtt_ms = (gint) fuzz_u32 (input);
  event->has_stats = fuzz_u8 (input) & 1;
  read_stats (input, &event->stats);
  for (guint n = fuzz_u8 (input) % 3; n; n--) {
    g_autofree char *content = fuzz_line (input);
    read_stats (input, &stats);
    peal_event_add_last (event, content ? content : "", &stats);
  }
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++) {
    char *line = fuzz_line (input);
    if (line && g_str_equal (line, "-"))
      g_clear_pointer (&line, g_free);
    G_STRUCT_MEMBER (char *, event, strings[i].offset) = line;
  }
}

static void
check_json (const char *json, const PealEvent *event)
{
  g_autoptr(JsonParser) parser = json_parser_new_immutable ();
  g_autoptr(GError) error = NULL;

  g_assert_null (strpbrk (json, "\r\n"));
  g_assert_true (g_utf8_validate (json, -1, NULL));
  json_parser_load_from_data (parser, json, -1, &error);
  g_assert_no_error (error);
  JsonObject *object = json_node_get_object (json_parser_get_root (parser));
  g_assert_nonnull (object);
  for (gsize i = 0; i < G_N_ELEMENTS (strings); i++) {
    const char *ours = G_STRUCT_MEMBER (char *, event, strings[i].offset);
    if (!json_object_has_member (object, strings[i].name) || !ours)
      continue;
    g_autofree char *valid = g_utf8_make_valid (ours, -1);
    g_assert_cmpstr (json_object_get_string_member (object, strings[i].name), ==, valid);
  }
}

static void
check_harmless (const char *text)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  for (const char *at = text; *at; at = g_utf8_next_char (at)) {
    gunichar sign = g_utf8_get_char (at);
    g_assert_false (g_unichar_iscntrl (sign));
    g_assert_false ((sign >= 0x202a && sign <= 0x202e) || (sign >= 0x2066 && sign <= 0x2069));
  }
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  PealEvent event, copy = { 0 };
  int verbose = 0;

  read_event (&input, &event);
  peal_event_copy (&copy, &event);
  g_autofree char *json = peal_event_json (&event);
  g_autofree char *again = peal_event_json (&copy);
  g_autofree char *text = peal_event_text (&event);
  g_autofree char *sentence = peal_sentence_of (&event, &verbose);
  g_autofree char *safe = peal_sentence_safe (text);

  g_assert_cmpstr (json, ==, again);
  check_json (json, &event);
  check_harmless (safe);
  if (sentence)
    check_harmless (sentence);
  peal_event_clear (&copy);
  peal_event_clear (&event);
  return 0;
}
