/* Which server certificates are trusted, and what to say of those that are not. */
// SPDX-License-Identifier: MIT
#pragma once

#include <gio/gio.h>

/* A database that trusts the authorities in @ca_file (PEM, may be NULL) and those of the system. It
 * loads the system's list only when needed, once a process, and costs a TLS connection nothing to
 * have (GnuTLS copies a database of its own kind into every connection: 12 ms for 140 authorities).
 * NULL with @error (PEAL_CAUSE_SECURITY) when @ca_file holds no certificate. */
GTlsDatabase *peal_trust_new (const char *ca_file, GError **error);

/* Sets @error (PEAL_CAUSE_SECURITY): why @certificate of @domain is refused, and what to do. */
void peal_trust_refuse (const char *domain, GTlsCertificate *certificate,
                        GTlsCertificateFlags flaws, GError **error);
