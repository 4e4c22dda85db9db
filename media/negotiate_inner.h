/* What the files of negotiation share: rows, lines, and the parts of a description. Nobody else
 * includes this. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/negotiate.h"

enum { PEAL_FIRST_DYNAMIC = 96, PEAL_LAST_DYNAMIC = 127 }; /* RFC 3551 §6 */

/* Optional parts that are left out. */
typedef enum {
  PEAL_STRIP_SSRC = 1 << 0,
  PEAL_STRIP_HDREXT = 1 << 1,
  PEAL_STRIP_FEEDBACK = 1 << 2,
  PEAL_STRIP_RTX = 1 << 3,
  PEAL_STRIP_FEC = 1 << 4,
  PEAL_STRIP_RSIZE = 1 << 5,
} PealStrip;
/* Of words that have been checked. */
PealStrip peal_negotiate_strip (const char *words);

/* --- rows: negotiate_rows.c --- */

/* All rows of a kind, ends with NULL. */
const PealCodec *const *peal_negotiate_rows (PealMedia media);
/* Those that the plan wants, in its order; @named: its text named one of this kind. The array is
 * given. */
GPtrArray *peal_negotiate_wanted (const PealNegotiatePlan *plan, gboolean *named);
/* Whether @codecs, the text of --codec, names any row of either kind. */
gboolean peal_negotiate_names_any (const char *codecs);

/* --- lines of payload types: negotiate_lines.c --- */

guint peal_line_count (const PealRtpDescription *description);
const PealPayloadType *peal_line_at (const PealRtpDescription *description, guint i);
/* The first line of number @id, or NULL. */
const PealPayloadType *peal_line_find (const PealRtpDescription *description, guint id);
/* Whether the @i-th line is the first of its number: what the number stands for. Pidgin writes some
 * numbers thrice; the others are as if they were not there. */
gboolean peal_line_counts (const PealRtpDescription *description, guint i);
/* The row that the @i-th line stands for, or NULL. */
const PealCodec *peal_line_codec (const PealRtpDescription *description, guint i);
/* The first line of @description in @codec, or NULL. */
const PealPayloadType *peal_line_of (const PealRtpDescription *description, const PealCodec *codec);
/* Of the parameter @name; NULL: it is not there, or has no value. */
const char *peal_line_value (const PealPayloadType *line, const char *name);
/* Appends a line, which belongs to @description. */
PealPayloadType *peal_line_add (PealRtpDescription *description, guint id, const char *name,
                                guint clock_rate);
void peal_line_set (PealPayloadType *line, const char *name, const char *value);
/* A number for a line of an offer: @wish, or a free one. */
guint peal_line_number (const PealRtpDescription *description, guint wish);

/* --- formats of one name that differ: negotiate_format.c --- */

/* Whether @line, whose name is @codec's, is of the format that we speak. */
gboolean peal_format_fits (const PealCodec *codec, const PealPayloadType *line);
/* Writes the parameters of @codec into @line; @theirs: the line that it answers, NULL in an offer.
 */
void peal_format_write (PealPayloadType *line, const PealCodec *codec,
                        const PealPayloadType *theirs);
/* What the peer's line says it can take of a picture. */
void peal_format_limit (PealAgreement *agreement, const PealPayloadType *theirs);

/* --- keys of a telephone: negotiate_keys.c --- */

/* The clock of the keys that @line stands for (RFC 4733), Hz; 0: it stands for something else. */
guint peal_keys_clock (const PealPayloadType *line);
void peal_keys_offer (PealRtpDescription *offer);
void peal_keys_answer (PealRtpDescription *answer, const PealRtpDescription *offer);
/* What the peer takes, for sound of the agreed codec. */
void peal_keys_choose (PealAgreement *agreement, const PealRtpDescription *remote);

/* --- what repairs a picture: negotiate_repair.c --- */

/* Whether a line named so carries no sound or picture of its own. */
gboolean peal_repair_is (const PealPayloadType *line);
/* After the lines of codecs. */
void peal_repair_offer (PealRtpDescription *offer, PealStrip strip);
void peal_repair_answer (PealRtpDescription *answer, const PealRtpDescription *offer,
                         PealStrip strip);
void peal_repair_choose (PealAgreement *agreement, const PealRtpDescription *local,
                         const PealRtpDescription *remote);

/* --- feedback, extensions, sources: negotiate_parts.c --- */

void peal_parts_offer (PealRtpDescription *offer, PealStrip strip);
void peal_parts_answer (PealRtpDescription *answer, const PealRtpDescription *offer,
                        PealStrip strip);
void peal_parts_choose (PealAgreement *agreement, const PealRtpDescription *local,
                        const PealRtpDescription *remote);
