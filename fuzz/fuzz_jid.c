/* Fuzzes addresses: whatever is accepted is stable, splits into its parts, and joins to itself. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "signaling/wire/jid.h"

#include <string.h>

static void
check_parts (const char *jid)
{
  g_autofree char *bare = peal_jid_bare (jid);
  g_autofree char *local = peal_jid_local (jid);
  g_autofree char *domain = peal_jid_domain (jid);
  const char *resource = peal_jid_resource (jid);
  g_autofree char *joined = g_strconcat (local ? local : "", local ? "@" : "", domain,
                                         resource ? "/" : "", resource ? resource : "", NULL);

  g_assert_cmpstr (joined, ==, jid);
  g_assert_true (peal_jid_same_bare (jid, bare));
  g_assert_true (peal_jid_is_full (jid) == (resource != NULL));
  g_assert_true (*domain && (!local || *local) && (!resource || *resource));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autofree char *jid = peal_jid_prepare (text, NULL);

  if (!jid)
    return 0;

  g_autofree char *again = peal_jid_prepare (jid, NULL);
  g_assert_cmpstr (again, ==, jid);
  g_assert_true (g_utf8_validate (jid, -1, NULL));
  g_assert_cmpuint (strlen (jid), <=, 3 * 1023 + 2);
  check_parts (jid);
  return 0;
}
