/* XMPP addresses (RFC 7622): prepared, enforced and compared.
 *
 * Debian has no PRECIS library: the localpart follows UsernameCaseMapped and the resourcepart
 * OpaqueString (RFC 8265) over libunistring; the domain goes through libidn2 (RFC 5891). */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

/* Prepares @text. Returns the normal form, for g_free, or NULL with @error
 * (G_IO_ERROR_INVALID_ARGUMENT: which part, what is wrong with it). Each part has at most 1,023
 * bytes. */
char *peal_jid_prepare (const char *text, GError **error);

/* Parts of a prepared address; new strings, NULL where there is no such part. */
char *peal_jid_bare (const char *jid);
char *peal_jid_local (const char *jid);
char *peal_jid_domain (const char *jid);

/* The resource of a prepared address, borrowed from it, or NULL. */
const char *peal_jid_resource (const char *jid);

/* Whether it has a resource. */
gboolean peal_jid_is_full (const char *jid);

/* Whether two prepared addresses are the same; peal_jid_same_bare ignores resources. NULL is never
 * equal. */
gboolean peal_jid_equal (const char *a, const char *b);
gboolean peal_jid_same_bare (const char *a, const char *b);
