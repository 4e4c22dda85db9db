/* What a person or a script is told: events as sentences or as lines of JSON, results, remarks, the
 * log.
 *
 * Results go to stdout and everything else to stderr; with --json stdout has one event a line and
 * nothing else. Text of others is shown without control characters. */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.h"
#include "cli/status.h"
#include "signaling/event.h"

typedef struct PealPrinter PealPrinter;

/* Opens --events and --log-file. NULL with @error (PEAL_CAUSE). */
PealPrinter *peal_printer_new (const PealOptions *options, GError **error);
void peal_printer_free (PealPrinter *printer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealPrinter, peal_printer_free)

/* An event, to wherever events go: a line of JSON on stdout and in --events, or a sentence on
 * stderr. */
void peal_printer_event (PealPrinter *printer, const PealEvent *event);

/* A line of result on stdout; nothing under --json, where an event says it. */
void peal_printer_result (PealPrinter *printer, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* A line of status on stderr; not under --quiet. */
void peal_printer_say (PealPrinter *printer, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* "peal: TEXT; HINT" on stderr, also under --quiet. @hint may be NULL. */
void peal_printer_fail (PealPrinter *printer, const char *text, const char *hint);

/* Ends a command: prints @ended with the status that its cause has (unless it carries one), and for
 * a failure the sentence @text; @hint, where there is one. Returns the status. */
int peal_printer_end (PealPrinter *printer, PealEvent *ended, const char *text, const char *hint);

/* The same for a command that has no more to tell than @why (domain PEAL_CAUSE), or NULL: success.
 */
int peal_printer_leave (PealPrinter *printer, const GError *why);

/* What the status line may look like. FALSE: there is none, because stderr is no terminal, another
 * job has it just now, or --json or --quiet is set. */
gboolean peal_printer_look (PealPrinter *printer, PealStatusLook *look);

/* A line that the next one replaces, made for peal_printer_look and safe to show. NULL takes it
 * away. Other lines come out above it. */
void peal_printer_status (PealPrinter *printer, const char *text);

/* Rows of text that stand above the status line while there is one, each no wider than
 * peal_printer_look says and with its colours put back at its end; taken. NULL takes them away. */
void peal_printer_picture (PealPrinter *printer, char **rows);
