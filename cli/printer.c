/* Printing: each line is written at once and whole, whichever thread it comes from.
 *
 * The status line is taken away before any other line and put back after it, so that nothing is
 * written into it. The cursor waits at its first column: a terminal that becomes narrower may break
 * the line in two, and all of it is then after the cursor, to be taken away. */
// SPDX-License-Identifier: MIT
#include "cli/printer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/keys.h"
#include "cli/quality_line.h"
#include "cli/sentence.h"

#define CLEAR       "\r\033[J"
#define CLEAR_REST  "\033[K"
#define DONT_WRAP   "\033[?7l"
#define WRAP        "\033[?7h"
#define ANY_COLUMNS 80 /* of a terminal that does not say how many it has */
#define ANY_LINES   24

struct PealPrinter {
  GMutex lock; /* remarks come from every thread */
  gboolean json, quiet;
  int verbose;
  int events; /* descriptor, or -1 */
  gboolean own_events;
  int log;
  char *status;      /* shown, or NULL */
  char **picture;    /* rows of text above it, or NULL */
  gboolean terminal; /* stderr */
  gboolean both;     /* stdout as well */
  PealStatusLook look;
};

/* --- descriptors --- */

static gboolean
open_failed (const char *flag, const char *path, GError **error)
{
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_FILE, "%s %s cannot be written: %s", flag, path,
               g_strerror (errno));
  return FALSE;
}

static gboolean
open_events (PealPrinter *printer, const char *where, GError **error)
{
  guint64 number;

  if (!g_str_has_prefix (where, "fd:")) {
    printer->own_events = TRUE;
    printer->events = open (where, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return printer->events >= 0 || open_failed ("--events", where, error);
  }
  if (!g_ascii_string_to_unsigned (where + 3, 10, 0, G_MAXINT, &number, NULL) ||
      fcntl ((int) number, F_GETFD) < 0) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE, "--events %s: no open descriptor", where);
    return FALSE;
  }
  printer->events = (int) number;
  return TRUE;
}

/* A reader that went away is no failure of the command. */
static void
write_all (int fd, const char *text)
{
  for (gsize left = strlen (text); left;) {
    gssize done = write (fd, text, left);
    if (done < 0 && errno == EINTR)
      continue;
    if (done <= 0)
      return;
    text += done;
    left -= (gsize) done;
  }
}

static void
write_line (int fd, const char *text)
{
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  write_all (fd, line);
}

/* The picture's rows and the status line, over what stood there; the cursor goes back to where they
 * begin. Rows are not cleared first, so that nothing flickers. */
static void
append_standing (PealPrinter *printer, GString *out)
{
  guint rows = printer->picture ? g_strv_length (printer->picture) : 0;

  for (guint i = 0; i < rows; i++)
    g_string_append_printf (out, "%s" CLEAR_REST "\n", printer->picture[i]);
  g_string_append_printf (out, "%s\033[J\r", printer->status);
  if (rows)
    g_string_append_printf (out, "\033[%uA", rows);
}

static void
draw (PealPrinter *printer, const char *above)
{
  g_autoptr(GString) out = g_string_new (NULL);

  if (above || !printer->status)
    g_string_append_printf (out, CLEAR "%s%s", above ? above : "", above ? "\n" : "");
  if (printer->status) {
    g_string_append (out, "\r" DONT_WRAP);
    append_standing (printer, out);
    g_string_append (out, WRAP);
  }
  write_all (STDERR_FILENO, out->str);
}

/* On stderr, above the status line. The lock is held. */
static void
write_above (PealPrinter *printer, const char *text)
{
  if (printer->status)
    draw (printer, text);
  else
    write_line (STDERR_FILENO, text);
}

/* --- remarks --- */

static void
log_line (PealPrinter *printer, const char *domain, const char *message)
{
  g_autoptr(GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S.%fZ");
  g_autofree char *safe = peal_sentence_safe (message);
  g_autofree char *line = g_strdup_printf ("%s %s: %s", time, domain ? domain : "-", safe);

  write_line (printer->log, line);
}

/* Our own debug remarks are said at -vv, remarks at -v, warnings always; of other libraries only
 * warnings. */
static void
remark (const char *domain, GLogLevelFlags level, const char *message, gpointer user)
{
  PealPrinter *printer = user;
  gboolean ours = !g_strcmp0 (domain, G_LOG_DOMAIN);
  gboolean serious = (level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_WARNING;
  int needed = serious ? 0 : level & G_LOG_LEVEL_DEBUG ? 2 : 1;

  if (!ours && !serious)
    return;
  g_mutex_lock (&printer->lock);
  if (printer->log >= 0)
    log_line (printer, domain, message);
  if (printer->verbose >= needed && (!printer->quiet || serious)) {
    g_autofree char *safe = peal_sentence_safe (message);
    write_above (printer, safe);
  }
  g_mutex_unlock (&printer->lock);
}

/* --- life --- */

PealPrinter *
peal_printer_new (const PealOptions *options, GError **error)
{
  g_autoptr(PealPrinter) printer = g_new0 (PealPrinter, 1);
  const char *term = g_getenv ("TERM"), *no_colour = g_getenv ("NO_COLOR");

  g_mutex_init (&printer->lock);
  printer->json = options->json;
  printer->quiet = options->quiet;
  printer->verbose = options->verbose;
  printer->events = printer->log = -1;
  printer->terminal = isatty (STDERR_FILENO) && g_strcmp0 (term, "dumb");
  printer->both = printer->terminal && isatty (STDOUT_FILENO);
  printer->look.utf8 = g_get_charset (NULL);
  printer->look.colour = !(no_colour && *no_colour); /* no-color.org: present and not empty */
  g_log_set_default_handler (remark, printer);
  if (options->events && !open_events (printer, options->events, error))
    return NULL;
  if (options->log_file) {
    printer->log = open (options->log_file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (printer->log < 0 && !open_failed ("--log-file", options->log_file, error))
      return NULL;
  }
  return g_steal_pointer (&printer);
}

void
peal_printer_free (PealPrinter *printer)
{
  if (!printer)
    return;
  peal_printer_status (printer, NULL);
  g_strfreev (printer->picture);
  g_log_set_default_handler (g_log_default_handler, NULL);
  if (printer->own_events && printer->events >= 0)
    close (printer->events);
  if (printer->log >= 0)
    close (printer->log);
  g_mutex_clear (&printer->lock);
  g_free (printer);
}

/* --- lines --- */

void
peal_printer_event (PealPrinter *printer, const PealEvent *event)
{
  g_autofree char *json = peal_event_json (event);
  int needed;
  g_autofree char *sentence = peal_sentence_of (event, &needed);
  g_autofree char *quality = peal_quality_line (event);

  g_mutex_lock (&printer->lock);
  if (printer->json)
    write_line (STDOUT_FILENO, json);
  if (printer->events >= 0)
    write_line (printer->events, json);
  if (printer->log >= 0)
    log_line (printer, "event", json);
  if (!printer->json && !printer->quiet && sentence && printer->verbose >= needed)
    write_above (printer, sentence);
  if (!printer->json && !printer->quiet && quality)
    write_above (printer, quality);
  g_mutex_unlock (&printer->lock);
}

void
peal_printer_result (PealPrinter *printer, const char *format, ...)
{
  va_list arguments;

  if (printer->json)
    return;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *safe = peal_sentence_safe (text);
  g_mutex_lock (&printer->lock);
  gboolean over = printer->both && printer->status;
  if (over)
    write_all (STDERR_FILENO, CLEAR);
  write_line (STDOUT_FILENO, safe);
  if (over)
    draw (printer, NULL);
  g_mutex_unlock (&printer->lock);
}

void
peal_printer_say (PealPrinter *printer, const char *format, ...)
{
  va_list arguments;

  if (printer->quiet)
    return;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *safe = peal_sentence_safe (text);
  g_mutex_lock (&printer->lock);
  write_above (printer, safe);
  g_mutex_unlock (&printer->lock);
}

void
peal_printer_fail (PealPrinter *printer, const char *text, const char *hint)
{
  g_autofree char *line = g_strconcat ("peal: ", text, hint ? "; " : NULL, hint, NULL);
  g_autofree char *safe = peal_sentence_safe (line);

  g_mutex_lock (&printer->lock);
  if (printer->log >= 0)
    log_line (printer, "failure", safe);
  write_above (printer, safe);
  g_mutex_unlock (&printer->lock);
}

int
peal_printer_end (PealPrinter *printer, PealEvent *ended, const char *text, const char *hint)
{
  if (ended->status < 0)
    ended->status = peal_cause_status (ended->cause);
  peal_printer_status (printer, NULL);
  ended->time = g_get_real_time ();
  peal_printer_event (printer, ended);
  if (ended->cause != PEAL_CAUSE_SUCCESS && text)
    peal_printer_fail (printer, text, hint);
  return ended->status;
}

int
peal_printer_leave (PealPrinter *printer, const GError *why)
{
  PealEvent ended;

  peal_event_init (&ended, PEAL_EVENT_ENDED);
  ended.cause = why ? (PealCause) why->code : PEAL_CAUSE_SUCCESS;
  ended.reason = g_strdup (why ? why->message : NULL);
  ended.failure = g_strdup (why ? peal_cause_failure (why) : NULL);
  int status = peal_printer_end (printer, &ended, why ? why->message : NULL, NULL);
  peal_event_clear (&ended);
  return status;
}

gboolean
peal_printer_look (PealPrinter *printer, PealStatusLook *look)
{
  struct winsize size = { .ws_col = 0 };

  if (!printer->terminal || printer->json || printer->quiet ||
      !peal_keys_foreground (STDERR_FILENO))
    return FALSE;
  *look = printer->look;
  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) != 0 || !size.ws_col)
    size.ws_col = ANY_COLUMNS;
  look->lines = size.ws_row ? size.ws_row : ANY_LINES;
  look->columns = size.ws_col - 1u; /* in the last one some terminals begin a new line */
  return TRUE;
}

void
peal_printer_status (PealPrinter *printer, const char *text)
{
  g_mutex_lock (&printer->lock);
  gboolean shown = printer->status != NULL;
  g_free (printer->status);
  printer->status = g_strdup (text);
  if (shown || text)
    draw (printer, NULL);
  g_mutex_unlock (&printer->lock);
}

void
peal_printer_picture (PealPrinter *printer, char **rows)
{
  g_mutex_lock (&printer->lock);
  if (printer->picture && printer->status && !rows) /* what stood below moves up */
    write_all (STDERR_FILENO, CLEAR);
  g_strfreev (printer->picture);
  printer->picture = rows;
  if (printer->status)
    draw (printer, NULL);
  g_mutex_unlock (&printer->lock);
}
