/* The trace file: one JSON object a line, opened for its owner only, secrets blanked on the way in.
 */
// SPDX-License-Identifier: MIT
#include "signaling/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct PealTrace {
  int file;
  GRegex *attributes; /* pwd='…' password='…' key-params='…' */
  GRegex *sasl;       /* what stands between <auth …> and </auth> */
};

PealTrace *
peal_trace_open (const char *path, GError **error)
{
  int file = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    int why = errno;
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (why), "cannot write the trace %s: %s",
                 path, g_strerror (why));
    return NULL;
  }
  /* One that was there before may be open to others: what is no plain file keeps its mode. */
  struct stat status;
  if (fstat (file, &status) == 0 && S_ISREG (status.st_mode) && fchmod (file, 0600) < 0)
    g_warning ("others may read the trace %s: %s", path, g_strerror (errno));
  PealTrace *trace = g_new0 (PealTrace, 1);
  trace->file = file;
  trace->attributes =
      g_regex_new ("\\b(pwd|password|key-params|username)\\s*=\\s*(\"[^\"]*\"|'[^']*')",
                   G_REGEX_OPTIMIZE, 0, NULL);
  trace->sasl =
      g_regex_new ("(<(?:\\w+:)?(?:auth|response|challenge|success|initial-response|"
                   "additional-data|password|token)\\b(?:[^>\"'/]|\"[^\"]*\"|'[^']*')*>)[^<]*",
                   G_REGEX_OPTIMIZE, 0, NULL);
  g_assert (trace->attributes && trace->sasl);
  return trace;
}

void
peal_trace_close (PealTrace *trace)
{
  if (!trace)
    return;
  close (trace->file);
  g_regex_unref (trace->attributes);
  g_regex_unref (trace->sasl);
  g_free (trace);
}

/* One write a line: two processes may share the file. A full disk must not end a call. */
static void
put (PealTrace *trace, JsonBuilder *builder)
{
  json_builder_end_object (builder);
  g_autoptr(JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  ssize_t written = write (trace->file, line, strlen (line));
  (void) written;
}

static JsonBuilder *
begin (const char *kind)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *second = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");
  g_autofree char *time =
      g_strdup_printf ("%s.%03dZ", second, g_date_time_get_microsecond (now) / 1000);
  JsonBuilder *builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "time");
  json_builder_add_string_value (builder, time);
  json_builder_set_member_name (builder, "trace");
  json_builder_add_string_value (builder, kind);
  return builder;
}

static void
add (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

char *
peal_trace_blank (PealTrace *trace, const char *xml, gsize length)
{
  g_autofree char *copy = g_utf8_make_valid (xml, length);
  g_autofree char *once =
      g_regex_replace (trace->attributes, copy, -1, 0, "\\1='(blanked)'", 0, NULL);
  return g_regex_replace (trace->sasl, once ? once : "", -1, 0, "\\1(blanked)", 0, NULL);
}

void
peal_trace_stanza (PealTrace *trace, gboolean outgoing, const char *xml, gsize length)
{
  if (!trace)
    return;
  g_autofree char *blanked = peal_trace_blank (trace, xml, length);
  g_autoptr(JsonBuilder) builder = begin (outgoing ? "sent" : "received");
  add (builder, "xml", blanked ? blanked : "(unreadable)");
  put (trace, builder);
}

void
peal_trace_transition (PealTrace *trace, const char *machine, const char *id, const char *from,
                       const char *to)
{
  if (!trace)
    return;
  g_autoptr(JsonBuilder) builder = begin ("transition");
  add (builder, "machine", machine);
  add (builder, "id", id);
  add (builder, "from", from);
  add (builder, "to", to);
  put (trace, builder);
}

void
peal_trace_note (PealTrace *trace, const char *format, ...)
{
  if (!trace)
    return;
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autoptr(JsonBuilder) builder = begin ("note");
  add (builder, "text", text);
  put (trace, builder);
}
