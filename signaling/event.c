/* Events, causes and paths: one table of fields prints an event as text and as JSON. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"

#include <json-glib/json-glib.h>
#include <math.h>

const char *const peal_event_words[] = {
  "",         "online",     "offline",       "incoming",        "outgoing", "ringing",
  "accepted", "connecting", "connected",     "media",           "stats",    "dtmf",
  "hold",     "mute",       "content-added", "content-removed", "restart",  "weak",
  "ended",    "feature",    "item",          "check",           "device",   "error",
  NULL,
};
G_STATIC_ASSERT (G_N_ELEMENTS (peal_event_words) == PEAL_N_EVENTS + 1);

static const struct {
  const char *word;
  int status;
} causes[PEAL_N_CAUSES] = {
  [PEAL_CAUSE_SUCCESS] = { "success", 0 },
  [PEAL_CAUSE_INTERNAL] = { "internal", 1 },
  [PEAL_CAUSE_USAGE] = { "usage", 2 },
  [PEAL_CAUSE_AUTH] = { "auth", 3 },
  [PEAL_CAUSE_CONNECT] = { "connect", 3 },
  [PEAL_CAUSE_UNREACHABLE] = { "unreachable", 4 },
  [PEAL_CAUSE_NO_ANSWER] = { "no-answer", 4 },
  [PEAL_CAUSE_UNSUPPORTED] = { "unsupported", 4 },
  [PEAL_CAUSE_NO_SERVICE] = { "no-service", 4 },
  [PEAL_CAUSE_DECLINED] = { "declined", 5 },
  [PEAL_CAUSE_BUSY] = { "busy", 5 },
  [PEAL_CAUSE_ELSEWHERE] = { "elsewhere", 5 },
  [PEAL_CAUSE_CANCELLED] = { "cancelled", 5 },
  [PEAL_CAUSE_NO_PATH] = { "no-path", 6 },
  [PEAL_CAUSE_RELAY_REFUSED] = { "relay-refused", 6 },
  [PEAL_CAUSE_SECURITY] = { "security", 7 },
  [PEAL_CAUSE_MEDIA] = { "media", 8 },
  [PEAL_CAUSE_FILE] = { "file", 9 },
  [PEAL_CAUSE_LOST] = { "lost", 10 },
  [PEAL_CAUSE_TIMEOUT] = { "timeout", 10 },
};

typedef struct {
  const char *failure;
} PealCausePrivate;

static void
peal_cause_private_init (PealCausePrivate *private)
{
}

static void
peal_cause_private_copy (const PealCausePrivate *from, PealCausePrivate *into)
{
  *into = *from;
}

static void
peal_cause_private_clear (PealCausePrivate *private)
{
}

G_DEFINE_EXTENDED_ERROR (PealCause, peal_cause)

const char *
peal_cause_word (PealCause cause)
{
  g_assert (cause < PEAL_N_CAUSES);
  return causes[cause].word;
}

int
peal_cause_status (PealCause cause)
{
  g_assert (cause < PEAL_N_CAUSES);
  return causes[cause].status;
}

const char *
peal_cause_failure (const GError *error)
{
  return error->domain == PEAL_CAUSE ? peal_cause_get_private (error)->failure : NULL;
}

void
peal_cause_set_failure (GError *error, const char *word)
{
  g_assert (error->domain == PEAL_CAUSE);
  peal_cause_get_private (error)->failure = word;
}

void
peal_path_copy (PealPath *into, const PealPath *from)
{
  PealPath copy = *from;
  copy.local = g_strdup (from->local);
  copy.remote = g_strdup (from->remote);
  peal_path_clear (into);
  *into = copy;
}

void
peal_path_clear (PealPath *path)
{
  g_free (path->local);
  g_free (path->remote);
  *path = (PealPath) { .rtt_ms = -1 };
}

void
peal_stats_init (PealStats *stats)
{
  *stats = (PealStats) {
    .packets_sent = -1,
    .packets_received = -1,
    .bytes_sent = -1,
    .bytes_received = -1,
    .lost = -1,
    .late = -1,
    .recovered = -1,
    .concealed = NAN,
    .wait_ms = -1,
    .jitter_ms = NAN,
    .rtt_ms = NAN,
    .level_db = NAN,
    .sent_level_db = NAN,
    .quality_r = NAN,
    .mos = NAN,
    .frames = -1,
    .fps = NAN,
    .width = -1,
    .height = -1,
    .bitrate_bps = -1,
    .target_bps = -1,
  };
}

void
peal_event_init (PealEvent *event, PealEventKind kind)
{
  *event = (PealEvent) {
    .kind = kind,
    .time = g_get_real_time (),
    .resumed = -1,
    .path.rtt_ms = -1,
    .setup_ms = -1,
    .after_ms = -1,
    .ice_ms = -1,
    .secured_ms = -1,
    .duration_ms = -1,
    .duration_s = NAN,
    .status = -1,
  };
  peal_stats_init (&event->stats);
}

static void
content_stats_free (gpointer data)
{
  PealContentStats *last = data;
  g_free (last->content);
  g_free (last);
}

void
peal_event_add_last (PealEvent *event, const char *content, const PealStats *stats)
{
  PealContentStats *last = g_new0 (PealContentStats, 1);
  last->content = g_strdup (content);
  last->stats = *stats;
  if (!event->last)
    event->last = g_ptr_array_new_with_free_func (content_stats_free);
  g_ptr_array_add (event->last, last);
}

/* --- the table --- */

typedef enum { STRING, INT, INT64, POSITIVE, SHARE, LEVEL, FLAG, BY } Kind;
typedef struct {
  const char *name;
  Kind kind;
  gsize offset;
} Field;

#define ROW(kind, name, member)                                                                    \
  {                                                                                                \
    name, kind, G_STRUCT_OFFSET (PealEvent, member)                                                \
  }
static const Field fields[] = {
  ROW (STRING, "call", call),
  ROW (STRING, "transfer", transfer),
  ROW (STRING, "peer", peer),
  ROW (STRING, "content", content),
  ROW (STRING, "media", media),
  ROW (STRING, "jid", jid),
  ROW (STRING, "server", server),
  ROW (STRING, "tls", tls),
  ROW (FLAG, "resumed", resumed),
  ROW (STRING, "feature", feature),
  ROW (STRING, "name", name),
  ROW (STRING, "state", state),
  ROW (STRING, "package", package),
  ROW (STRING, "path", path.path),
  ROW (STRING, "local_type", path.local_type),
  ROW (STRING, "remote_type", path.remote_type),
  ROW (STRING, "local", path.local),
  ROW (STRING, "remote", path.remote),
  ROW (INT, "rtt_ms", path.rtt_ms),
  ROW (STRING, "encryption", path.encryption),
  ROW (STRING, "codec", codec),
  ROW (INT, "setup_ms", setup_ms),
  ROW (INT, "ice_ms", ice_ms),
  ROW (INT, "secured_ms", secured_ms),
  ROW (INT, "after_ms", after_ms),
  ROW (STRING, "digit", digit),
  ROW (INT, "duration_ms", duration_ms),
  ROW (STRING, "via", via),
  ROW (BY, "by", by),
  ROW (STRING, "reason", reason),
  ROW (STRING, "failure", failure),
  ROW (POSITIVE, "duration_s", duration_s),
  ROW (STRING, "text", text),
  ROW (STRING, "hint", hint),
  ROW (INT, "status", status),
  { NULL },
};

#undef ROW
#define ROW(kind, member)                                                                          \
  {                                                                                                \
#member, kind, G_STRUCT_OFFSET(PealStats, member)                                              \
  }
static const Field stats_fields[] = {
  ROW (INT64, packets_sent),  ROW (INT64, packets_received),
  ROW (INT64, bytes_sent),    ROW (INT64, bytes_received),
  ROW (INT64, lost),          ROW (INT64, late),
  ROW (INT64, recovered),     ROW (SHARE, concealed),
  ROW (INT, wait_ms),         ROW (POSITIVE, jitter_ms),
  ROW (POSITIVE, rtt_ms),     ROW (LEVEL, level_db),
  ROW (LEVEL, sent_level_db), ROW (POSITIVE, quality_r),
  ROW (POSITIVE, mos),        ROW (INT64, frames),
  ROW (POSITIVE, fps),        ROW (INT, width),
  ROW (INT, height),          ROW (INT64, bitrate_bps),
  ROW (INT64, target_bps),    { NULL },
};
#undef ROW

static const char *const by_words[] = { "", "local", "remote" };

/* --- walking it --- */

typedef void (*Put) (GString *out, const char *name, const char *value, gboolean is_text);

/* NULL when there is none. */
static char *
number_of (double value, const char *format)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  return isfinite (value) ? g_strdup (g_ascii_formatd (number, sizeof number, format, value))
                          : NULL;
}

/* The value as text, or NULL when it is absent. */
static char *
value_of (const Field *field, gconstpointer of, gboolean *is_text)
{
  gconstpointer at = (const guint8 *) of + field->offset;
  *is_text = field->kind == STRING || field->kind == BY;
  switch (field->kind) {
  case STRING:
    return g_strdup (*(const char *const *) at);
  case INT:
    return *(const gint *) at == -1 ? NULL : g_strdup_printf ("%d", *(const gint *) at);
  case INT64:
    return *(const gint64 *) at == -1 ? NULL
                                      : g_strdup_printf ("%" G_GINT64_FORMAT, *(const gint64 *) at);
  case FLAG:
    return *(const gint *) at == -1 ? NULL : g_strdup (*(const gint *) at ? "true" : "false");
  case POSITIVE:
    return *(const double *) at < 0 ? NULL : number_of (*(const double *) at, "%.2f");
  case SHARE:
    return *(const double *) at < 0 ? NULL : number_of (*(const double *) at, "%.4f");
  case LEVEL:
    return number_of (*(const double *) at, "%.2f");
  case BY:
    return *(const PealBy *) at ? g_strdup (by_words[*(const PealBy *) at]) : NULL;
  }
  g_assert_not_reached ();
}

static void
walk (GString *out, const Field *table, gconstpointer of, Put put)
{
  for (const Field *field = table; field->name; field++) {
    gboolean is_text;
    g_autofree char *value = value_of (field, of, &is_text);
    if (value)
      put (out, field->name, value, is_text);
  }
}

/* json-glib leaves U+001F as it is, which is no JSON (RFC 8259 §7), and U+0080 to U+009F, by which
 * a terminal can be steered. */
static void
append_quoted (GString *out, const char *quoted)
{
  for (const char *at = quoted; *at; at = g_utf8_next_char (at)) {
    gunichar letter = g_utf8_get_char (at);
    if (g_unichar_iscntrl (letter))
      g_string_append_printf (out, "\\u%04x", letter);
    else
      g_string_append_unichar (out, letter);
  }
}

static void
put_json (GString *out, const char *name, const char *value, gboolean is_text)
{
  if (out->str[out->len - 1] != '{')
    g_string_append_c (out, ',');
  g_string_append_printf (out, "\"%s\":", name);
  if (!is_text) {
    g_string_append (out, value);
    return;
  }
  /* JSON is UTF-8 (RFC 8259 §8.1); the name of a file need not be. */
  g_autofree char *valid = g_utf8_make_valid (value, -1);
  g_autoptr(JsonNode) node = json_node_init_string (json_node_alloc (), valid);
  g_autofree char *quoted = json_to_string (node, FALSE);
  append_quoted (out, quoted);
}

static void
put_text (GString *out, const char *name, const char *value, gboolean is_text)
{
  g_string_append_printf (out, strchr (value, ' ') ? " %s=\"%s\"" : " %s=%s", name, value);
}

static gboolean
tells_cause (const PealEvent *event)
{
  return event->kind == PEAL_EVENT_ENDED || event->kind == PEAL_EVENT_ERROR;
}

static void
put_last (GString *out, const PealEvent *event)
{
  g_string_append (out, ",\"stats\":[");
  for (guint i = 0; i < event->last->len; i++) {
    const PealContentStats *last = event->last->pdata[i];
    g_string_append (out, i ? ",{" : "{");
    put_json (out, "content", last->content, TRUE);
    walk (out, stats_fields, &last->stats, put_json);
    g_string_append_c (out, '}');
  }
  g_string_append_c (out, ']');
}

char *
peal_event_json (const PealEvent *event)
{
  GString *out = g_string_new ("{");
  g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc (event->time / G_USEC_PER_SEC);
  g_autofree char *second = g_date_time_format (at, "%Y-%m-%dT%H:%M:%S");
  g_autofree char *time =
      g_strdup_printf ("%s.%03dZ", second, (int) (event->time % G_USEC_PER_SEC / 1000));
  put_json (out, "event", peal_event_words[event->kind], TRUE);
  put_json (out, "time", time, TRUE);
  walk (out, fields, event, put_json);
  if (tells_cause (event))
    put_json (out, "cause", peal_cause_word (event->cause), TRUE);
  if (event->has_stats)
    walk (out, stats_fields, &event->stats, put_json);
  if (event->last)
    put_last (out, event);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

char *
peal_event_text (const PealEvent *event)
{
  GString *out = g_string_new (peal_event_words[event->kind]);
  walk (out, fields, event, put_text);
  if (tells_cause (event))
    put_text (out, "cause", peal_cause_word (event->cause), TRUE);
  if (event->has_stats)
    walk (out, stats_fields, &event->stats, put_text);
  return g_string_free (out, FALSE);
}

/* Every string that an event owns, but for those of its path. */
static const gsize owned[] = {
  G_STRUCT_OFFSET (PealEvent, call),    G_STRUCT_OFFSET (PealEvent, transfer),
  G_STRUCT_OFFSET (PealEvent, peer),    G_STRUCT_OFFSET (PealEvent, content),
  G_STRUCT_OFFSET (PealEvent, media),   G_STRUCT_OFFSET (PealEvent, jid),
  G_STRUCT_OFFSET (PealEvent, server),  G_STRUCT_OFFSET (PealEvent, tls),
  G_STRUCT_OFFSET (PealEvent, codec),   G_STRUCT_OFFSET (PealEvent, digit),
  G_STRUCT_OFFSET (PealEvent, via),     G_STRUCT_OFFSET (PealEvent, reason),
  G_STRUCT_OFFSET (PealEvent, failure), G_STRUCT_OFFSET (PealEvent, text),
  G_STRUCT_OFFSET (PealEvent, hint),    G_STRUCT_OFFSET (PealEvent, name),
  G_STRUCT_OFFSET (PealEvent, feature), G_STRUCT_OFFSET (PealEvent, state),
  G_STRUCT_OFFSET (PealEvent, package),
};

void
peal_event_clear (PealEvent *event)
{
  peal_path_clear (&event->path);
  for (guint i = 0; i < G_N_ELEMENTS (owned); i++)
    g_clear_pointer (&G_STRUCT_MEMBER (char *, event, owned[i]), g_free);
  g_clear_pointer (&event->last, g_ptr_array_unref);
}

void
peal_event_copy (PealEvent *into, const PealEvent *from)
{
  *into = *from;
  into->path = (PealPath) { .rtt_ms = -1 };
  peal_path_copy (&into->path, &from->path);
  for (guint i = 0; i < G_N_ELEMENTS (owned); i++)
    G_STRUCT_MEMBER (char *, into, owned[i]) = g_strdup (G_STRUCT_MEMBER (char *, from, owned[i]));
  into->last = NULL;
  for (guint i = 0; from->last && i < from->last->len; i++) {
    const PealContentStats *last = from->last->pdata[i];
    peal_event_add_last (into, last->content, &last->stats);
  }
}
