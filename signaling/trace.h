/* The trace: every stanza and every machine transition as a line of JSON, with secrets blanked.
 *
 * One door for all: SASL, TURN credentials and ICE passwords never reach the file. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

typedef struct PealTrace PealTrace;

/* Opens @path (mode 0600). NULL with @error. */
PealTrace *peal_trace_open (const char *path, GError **error);
void peal_trace_close (PealTrace *trace);

/* A top-level element on the wire. Blanks in a copy: <auth>, <response>, <challenge>, <success>,
 * password attributes, pwd attributes of transports. NULL @trace: nothing. */
void peal_trace_stanza (PealTrace *trace, gboolean outgoing, const char *xml, gsize length);

/* A copy of @xml with the secrets blanked; for g_free. */
char *peal_trace_blank (PealTrace *trace, const char *xml, gsize length);

/* A transition: @machine "session sid" @from -> @to. */
void peal_trace_transition (PealTrace *trace, const char *machine, const char *id, const char *from,
                            const char *to);

/* A remark: what a reading passed over, what a library said. */
void peal_trace_note (PealTrace *trace, const char *format, ...) G_GNUC_PRINTF (2, 3);
