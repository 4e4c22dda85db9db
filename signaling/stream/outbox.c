/* The outbox: a queue with a mark between what a link has carried and what still waits. */
// SPDX-License-Identifier: MIT
#include "signaling/stream/outbox.h"

#include <string.h>

typedef struct {
  PealOutboxKind kind;
  gsize length;
  char *xml;
} Item;

static void
item_free (gpointer data)
{
  Item *item = data;
  g_free (item->xml);
  g_free (item);
}

void
peal_outbox_init (PealOutbox *outbox)
{
  *outbox = (PealOutbox) { 0 };
  g_queue_init (&outbox->queue);
}

void
peal_outbox_clear (PealOutbox *outbox)
{
  g_queue_clear_full (&outbox->queue, item_free);
  peal_outbox_init (outbox);
}

gboolean
peal_outbox_push (PealOutbox *outbox, char *xml, PealOutboxKind kind)
{
  gsize length = strlen (xml);
  if (outbox->queue.length >= PEAL_OUTBOX_MOST || length > PEAL_OUTBOX_MOST_BYTES - outbox->bytes) {
    g_free (xml);
    return FALSE;
  }
  Item *item = g_new (Item, 1);
  *item = (Item) { .kind = kind, .length = length, .xml = xml };
  g_queue_push_tail (&outbox->queue, item);
  outbox->bytes += length;
  if (!outbox->next)
    outbox->next = outbox->queue.tail;
  return TRUE;
}

const char *
peal_outbox_next (PealOutbox *outbox)
{
  if (!outbox->next)
    return NULL;
  const Item *item = outbox->next->data;
  outbox->next = outbox->next->next;
  outbox->carried++;
  return item->xml;
}

static void
remove_item (PealOutbox *outbox, GList *link)
{
  Item *item = link->data;
  outbox->bytes -= item->length;
  g_queue_delete_link (&outbox->queue, link);
  item_free (item);
}

void
peal_outbox_drop (PealOutbox *outbox, guint count)
{
  g_assert (count <= outbox->carried);
  outbox->carried -= count;
  while (count--)
    remove_item (outbox, outbox->queue.head);
}

void
peal_outbox_rewind (PealOutbox *outbox)
{
  outbox->carried = 0;
  outbox->next = outbox->queue.head;
}

void
peal_outbox_bury (PealOutbox *outbox)
{
  for (GList *each = outbox->queue.head, *next; each; each = next) {
    next = each->next;
    if (((const Item *) each->data)->kind == PEAL_OUTBOX_BOUND)
      remove_item (outbox, each);
  }
  peal_outbox_rewind (outbox);
}

guint
peal_outbox_carried (const PealOutbox *outbox)
{
  return outbox->carried;
}

guint
peal_outbox_waiting (const PealOutbox *outbox)
{
  return outbox->queue.length - outbox->carried;
}
