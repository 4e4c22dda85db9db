/* The keys of a telephone as RTP says them (RFC 4733): which there are, and the payload of a packet
 * that tells one.
 *
 * Such a packet says which key, since when (its timestamp) and for how long so far; the last one of
 * a key says that it is the last. They share SSRC and numbers with the sound they stand for. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_DTMF_NAME    "telephone-event"  /* of a payload type (§7.1.1) */
#define PEAL_DTMF_EVENTS  "0-15"             /* what we say and understand of it (§3.2) */
#define PEAL_DTMF_KEYS    "0123456789*#ABCD" /* by their codes */
#define PEAL_DTMF_PAYLOAD 4                  /* bytes */
#define PEAL_DTMF_MOST    256                /* keys and commas that may wait */

enum {
  PEAL_DTMF_N_KEYS = 16,
  PEAL_DTMF_LONGEST = 0xffff, /* clock units that one packet can tell; longer ones have segments */
};

/* One packet's payload (§2.3). */
typedef struct {
  guint event; /* below PEAL_DTMF_N_KEYS: a key */
  gboolean end;
  guint volume;   /* dBm0 without its sign, 0..63 */
  guint duration; /* clock units, to PEAL_DTMF_LONGEST */
} PealDtmfPayload;

/* FALSE: too short to be one. What follows the first four bytes is passed over. */
gboolean peal_dtmf_read (PealDtmfPayload *payload, const guint8 *data, gsize length);
void peal_dtmf_write (const PealDtmfPayload *payload, guint8 out[PEAL_DTMF_PAYLOAD]);

/* Whether @text can be said: keys in any letter case, and commas, which wait a second; at least one
 * of either. FALSE with @error (PEAL_CAUSE_USAGE): a sentence that names what is no key. */
gboolean peal_dtmf_check (const char *text, GError **error);
