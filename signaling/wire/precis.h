/* Two PRECIS profiles of RFC 8265 over libunistring: user names and opaque strings.
 *
 * Derived properties are computed from Unicode's (RFC 8264 §8), so the Unicode version is that of
 * libunistring. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* UsernameCaseMapped (RFC 8265 §3.3): lower case, narrow, NFC. Returns the normal form for g_free,
 * or NULL with @error (G_IO_ERROR_INVALID_ARGUMENT). @text is UTF-8. An empty result is an error.
 */
char *peal_precis_username (const char *text, GError **error);

/* OpaqueString (RFC 8265 §4.2): case is kept, any space becomes U+0020, NFC. Likewise. */
char *peal_precis_opaque (const char *text, GError **error);
