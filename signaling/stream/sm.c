/* XEP-0198 counting and the outbox. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/sm.h"

typedef struct {
  char *xml;
  PealSmKind kind;
} Item;

static void
item_free (gpointer data)
{
  Item *item = data;
  g_free (item->xml);
  g_free (item);
}

void
peal_sm_init (PealSm *sm)
{
  *sm = (PealSm) { 0 };
  g_queue_init (&sm->queue);
}

void
peal_sm_clear (PealSm *sm)
{
  g_queue_clear_full (&sm->queue, item_free);
  g_clear_pointer (&sm->id, g_free);
}

void
peal_sm_push (PealSm *sm, char *xml, PealSmKind kind)
{
  Item *item = g_new (Item, 1);
  *item = (Item) { .xml = xml, .kind = kind };
  g_queue_push_tail (&sm->queue, item);
}

gboolean
peal_sm_next (PealSm *sm, GString *out)
{
  Item *item = g_queue_peek_nth (&sm->queue, sm->sent);
  if (!item)
    return FALSE;
  g_string_append (out, item->xml);
  if (sm->counting)
    sm->sent++;
  else
    item_free (g_queue_pop_head (&sm->queue));
  return TRUE;
}

guint
peal_sm_unacknowledged (const PealSm *sm)
{
  return sm->sent;
}

guint
peal_sm_waiting (const PealSm *sm)
{
  return sm->queue.length - sm->sent;
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
  if (more > sm->sent) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                 "the server acknowledges %u stanzas where %u were sent", h, sm->acked + sm->sent);
    return FALSE;
  }
  sm->acked = h;
  sm->sent -= more;
  while (more--)
    item_free (g_queue_pop_head (&sm->queue));
  return TRUE;
}

static gboolean
outlives_session (const PealSm *sm, const Item *item)
{
  if (item->kind == PEAL_SM_REQUEST)
    return FALSE;
  return item->kind == PEAL_SM_MESSAGE || !sm->begun;
}

void
peal_sm_begin (PealSm *sm)
{
  for (GList *each = sm->queue.head, *next; each; each = next) {
    next = each->next;
    if (!outlives_session (sm, each->data)) {
      item_free (each->data);
      g_queue_delete_link (&sm->queue, each);
    }
  }
  sm->sent = 0;
  sm->counting = FALSE;
  sm->begun = TRUE;
  g_clear_pointer (&sm->id, g_free);
}

void
peal_sm_enable (PealSm *sm, const char *id)
{
  g_assert (sm->sent == 0); /* nothing is sent between bind and <enabled/> */
  sm->acked = sm->heard = 0;
  sm->counting = TRUE;
  g_free (sm->id);
  sm->id = g_strdup (id);
}

gboolean
peal_sm_resume (PealSm *sm, guint32 h, GError **error)
{
  if (!peal_sm_acknowledge (sm, h, error))
    return FALSE;
  sm->sent = 0;
  return TRUE;
}

void
peal_sm_refuse (PealSm *sm, const guint32 *h)
{
  if (h)
    peal_sm_acknowledge (sm, *h, NULL);
  g_clear_pointer (&sm->id, g_free);
}
