/* Calls that ring, in the order they came; a contact goes before strangers. */
// SPDX-License-Identifier: MIT
#include "cli/ringing.h"

struct PealRinging {
  GPtrArray *all;         /* of PealRing * */
  const PealRing *chosen; /* of .all, or NULL */
};

static void
ring_free (gpointer data)
{
  PealRing *ring = data;

  g_free (ring->sid);
  g_free (ring->peer);
  g_free (ring);
}

PealRinging *
peal_ringing_new (void)
{
  PealRinging *ringing = g_new0 (PealRinging, 1);

  ringing->all = g_ptr_array_new_with_free_func (ring_free);
  return ringing;
}

void
peal_ringing_free (PealRinging *ringing)
{
  g_ptr_array_unref (ringing->all);
  g_free (ringing);
}

void
peal_ringing_add (PealRinging *ringing, const PealRing *ring)
{
  PealRing *copy = g_memdup2 (ring, sizeof *ring);

  copy->sid = g_strdup (ring->sid);
  copy->peer = g_strdup (ring->peer);
  g_ptr_array_add (ringing->all, copy);
}

gboolean
peal_ringing_remove (PealRinging *ringing, const char *sid)
{
  for (guint i = 0; i < ringing->all->len; i++) {
    const PealRing *ring = ringing->all->pdata[i];
    if (g_strcmp0 (ring->sid, sid) != 0)
      continue;
    if (ringing->chosen == ring)
      ringing->chosen = NULL;
    g_ptr_array_remove_index (ringing->all, i);
    return TRUE;
  }
  return FALSE;
}

guint
peal_ringing_count (const PealRinging *ringing)
{
  return ringing->all->len;
}

static const PealRing *
foremost (const PealRinging *ringing)
{
  for (guint i = 0; i < ringing->all->len; i++)
    if (((const PealRing *) ringing->all->pdata[i])->contact)
      return ringing->all->pdata[i];
  return ringing->all->len ? ringing->all->pdata[0] : NULL;
}

const PealRing *
peal_ringing_get (const PealRinging *ringing, guint number)
{
  if (number == 0)
    return ringing->chosen ? ringing->chosen : foremost (ringing);
  return number <= ringing->all->len ? ringing->all->pdata[number - 1] : NULL;
}

gboolean
peal_ringing_choose (PealRinging *ringing, guint number)
{
  const PealRing *ring = number ? peal_ringing_get (ringing, number) : NULL;

  if (ring)
    ringing->chosen = ring;
  return ring != NULL;
}
