/* Numbers as lines: a subject, then what is known of it. */
// SPDX-License-Identifier: MIT
#include "cli/figures.h"

#include <math.h>

/* "WHAT" in front of the first of a line, ", " between. */
typedef struct {
  GString *out;
  const char *subject; /* of the line that begins with the next word; NULL: it has begun */
} Lines;

static void
subject (Lines *lines, const char *word)
{
  lines->subject = word;
}

static void say (Lines *lines, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
say (Lines *lines, const char *format, ...)
{
  va_list arguments;

  if (!lines->subject)
    g_string_append (lines->out, ", ");
  else
    g_string_append_printf (lines->out, "%s%-9s ", lines->out->len ? "\n" : "", lines->subject);
  lines->subject = NULL;
  va_start (arguments, format);
  g_string_append_vprintf (lines->out, format, arguments);
  va_end (arguments);
}

static void
count (Lines *lines, gint64 number, const char *words)
{
  if (number >= 0)
    say (lines, "%" G_GINT64_FORMAT " %s", number, words);
}

static void
measure (Lines *lines, const char *words, double number, const char *unit)
{
  if (isfinite (number))
    say (lines, "%s %.1f%s", words, number, unit);
}

static void
size (Lines *lines, gint64 bytes)
{
  if (bytes >= 0)
    say (lines, "%.1f kB", (double) bytes / 1000);
}

static void
of_path (Lines *lines, const PealEvent *event)
{
  const PealPath *path = &event->path;

  subject (lines, "call");
  if (event->peer)
    say (lines, "%s", event->peer);
  subject (lines, "media");
  if (event->codec)
    say (lines, "%s", event->codec);
  if (path->encryption)
    say (lines, "%s", g_str_equal (path->encryption, "none") ? "not encrypted" : path->encryption);
  if (path->path)
    say (lines, "%s", path->path);
  subject (lines, "here");
  if (path->local)
    say (lines, "%s (%s)", path->local, path->local_type ? path->local_type : "?");
  subject (lines, "there");
  if (path->remote)
    say (lines, "%s (%s)", path->remote, path->remote_type ? path->remote_type : "?");
}

static void
rate (Lines *lines, const PealStats *stats)
{
  if (stats->bitrate_bps >= 0)
    say (lines, "%.1f kbit/s", (double) stats->bitrate_bps / 1000);
  if (stats->target_bps >= 0)
    say (lines, "aim %.1f kbit/s", (double) stats->target_bps / 1000);
}

static void
of_picture (Lines *lines, const PealStats *stats)
{
  subject (lines, "picture");
  if (stats->width > 0 && stats->height > 0)
    say (lines, "%dx%d", stats->width, stats->height);
  measure (lines, "fps", stats->fps, "");
  count (lines, stats->frames, "frames");
  count (lines, stats->lost, "packets lost");
  rate (lines, stats);
}

static void
of_stats (Lines *lines, const PealStats *stats)
{
  subject (lines, "sent");
  count (lines, stats->packets_sent, "packets");
  size (lines, stats->bytes_sent);
  subject (lines, "received");
  count (lines, stats->packets_received, "packets");
  size (lines, stats->bytes_received);
  count (lines, stats->lost, "lost");
  count (lines, stats->late, "late");
  count (lines, stats->recovered, "recovered");
  if (stats->concealed >= 0)
    measure (lines, "concealed", stats->concealed * 100, " %");
  subject (lines, "time");
  measure (lines, "round trip", stats->rtt_ms, " ms");
  measure (lines, "jitter", stats->jitter_ms, " ms");
  if (stats->wait_ms >= 0)
    say (lines, "buffer %d ms", stats->wait_ms);
  subject (lines, "level");
  measure (lines, "mic", stats->sent_level_db, " dB");
  measure (lines, "ear", stats->level_db, " dB");
  subject (lines, "rate");
  rate (lines, stats);
  subject (lines, "quality");
  measure (lines, "R", stats->quality_r, "");
  measure (lines, "MOS", stats->mos, "");
}

char *
peal_figures_text (const PealEvent *connected, const PealStats *stats, const PealStats *picture)
{
  g_autoptr(GString) out = g_string_new (NULL);
  Lines lines = { .out = out };

  if (connected)
    of_path (&lines, connected);
  if (stats)
    of_stats (&lines, stats);
  if (picture)
    of_picture (&lines, picture);
  return g_string_free (g_steal_pointer (&out), FALSE);
}
