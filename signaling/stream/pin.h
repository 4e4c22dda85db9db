/* Pins: the certificates, or the public keys, of which the server must have one, whatever any
 * authority says.
 *
 * A pin is the SHA-256 of a certificate (what openssl and browsers show as its fingerprint) or of
 * its public key (SubjectPublicKeyInfo, which stays when a certificate is renewed with its key). */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

/* Adds those in @text to @pins, one behind the other: "sha256:HEX", as openssl writes it
 * ("sha256 Fingerprint=AB:CD:…"), or the 64 digits alone; several have commas between them. FALSE
 * with @error (PEAL_CAUSE_USAGE). */
gboolean peal_pins_add (GByteArray *pins, const char *text, GError **error);

/* Whether one of @pins is that of @certificate; FALSE for NULL. */
gboolean peal_pins_hold (GBytes *pins, GTlsCertificate *certificate);

/* "sha256:HEX" of @certificate, as a user may copy it into a pin. For g_free. */
char *peal_pin_of (GTlsCertificate *certificate);

/* A database that asks @trust (referenced), then @pins: no chain passes whose certificate is not
 * pinned; one that is pinned need not come from a known authority, but name, days and the rest must
 * still be right. Owned. */
GTlsDatabase *peal_pins_guard (GBytes *pins, GTlsDatabase *trust);
