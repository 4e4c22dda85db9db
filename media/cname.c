/* The name under which reports know all our streams. */
// SPDX-License-Identifier: MIT
#include "media/cname.h"

static gpointer
make (gpointer nothing)
{
  guint8 bytes[12];

  for (guint i = 0; i < sizeof bytes; i++)
    bytes[i] = (guint8) g_random_int ();
  return g_base64_encode (bytes, sizeof bytes);
}

/* Kept for the life of the process, as is the certificate, which tells a peer as much. */
const char *
peal_cname (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, make, NULL);
}
