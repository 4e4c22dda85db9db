/* XEP-0198 counting. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/sm.h"

void
peal_sm_init (PealSm *sm)
{
  *sm = (PealSm) { 0 };
  peal_outbox_init (&sm->outbox);
}

void
peal_sm_clear (PealSm *sm)
{
  peal_outbox_clear (&sm->outbox);
  g_clear_pointer (&sm->id, g_free);
}

gboolean
peal_sm_next (PealSm *sm, GString *out)
{
  const char *xml = peal_outbox_next (&sm->outbox);
  if (!xml)
    return FALSE;
  g_string_append (out, xml);
  if (!sm->counting)
    peal_outbox_drop (&sm->outbox, 1);
  return TRUE;
}

guint
peal_sm_unacknowledged (const PealSm *sm)
{
  return peal_outbox_carried (&sm->outbox);
}

void
peal_sm_hear (PealSm *sm)
{
  if (sm->counting)
    sm->heard++;
}

gboolean
peal_sm_acknowledge (PealSm *sm, guint32 h, GError **error)
{
  guint32 more = h - sm->acked; /* modulo 2^32 (XEP-0198 §4) */
  guint sent = peal_sm_unacknowledged (sm);
  if (more > sent) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "the server acknowledges %u stanzas where %u were sent and %u acknowledged", h,
                 sm->acked + sent, sm->acked);
    g_clear_pointer (&sm->id, g_free);
    return FALSE;
  }
  sm->acked = h;
  peal_outbox_drop (&sm->outbox, more);
  return TRUE;
}

void
peal_sm_begin (PealSm *sm)
{
  peal_outbox_rewind (&sm->outbox);
  sm->counting = FALSE;
  g_clear_pointer (&sm->id, g_free);
}

void
peal_sm_enable (PealSm *sm, const char *id)
{
  g_assert (peal_sm_unacknowledged (sm) == 0); /* nothing is sent between bind and <enabled/> */
  sm->acked = sm->heard = 0;
  sm->counting = TRUE;
  g_free (sm->id);
  sm->id = g_strdup (id);
}

/* What was bound to the session that was alive goes. */
static gboolean
bury (PealSm *sm)
{
  gboolean was_alive = sm->alive;
  if (was_alive)
    peal_outbox_bury (&sm->outbox);
  sm->alive = FALSE;
  return was_alive;
}

gboolean
peal_sm_up (PealSm *sm)
{
  gboolean died = bury (sm);
  sm->alive = TRUE;
  return died;
}

gboolean
peal_sm_down (PealSm *sm, gboolean for_good)
{
  return (for_good || !sm->id) && bury (sm);
}

gboolean
peal_sm_resume (PealSm *sm, guint32 h, GError **error)
{
  if (!peal_sm_acknowledge (sm, h, error))
    return FALSE;
  peal_outbox_rewind (&sm->outbox);
  return TRUE;
}

void
peal_sm_refuse (PealSm *sm, const guint32 *h)
{
  if (h)
    peal_sm_acknowledge (sm, *h, NULL);
  g_clear_pointer (&sm->id, g_free);
}
