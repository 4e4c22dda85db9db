/* The verification string of entity capabilities (XEP-0115 §5): what a client's `ver` must hash.
 * Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/disco.h"

/* Whether @hash ("sha-1", "sha-256"…) is a function we know (IANA's names). */
gboolean peal_verification_known (const char *hash);

/* The base64 hash of @info (XEP-0115 §5.1), for g_free. NULL with @error (G_IO_ERROR_INVALID_DATA:
 * ill-formed in the sense of §5.4, rule 3; G_IO_ERROR_NOT_SUPPORTED: unknown @hash). */
char *peal_verification_make (const PealDiscoInfo *info, const char *hash, GError **error);
