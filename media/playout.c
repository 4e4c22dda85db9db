/* What is heard when: packets as they came become an unbroken line of sound. */
// SPDX-License-Identifier: MIT
#include "media/playout.h"

enum { MS = 1000, SECOND = 1000 * MS };
enum {
  USUAL = 20 * MS,     /* length of a packet, before it is known */
  LONGEST = 120 * MS,  /* RFC 7587 §4.2 */
  SHORTEST = 5 * MS,   /* below that nothing is worth filling, and elements cannot */
  LEAD = 5 * MS,       /* a hole is given up that much before its turn, to be filled in time */
  OUTAGE = 200 * MS,   /* what a decoder can invent before it says nothing any more */
  LEAP = 1 * SECOND,   /* of timestamps or the clock: another beginning */
  MOST = 200,          /* packets that wait */
  MOST_MISORDER = 100, /* packets: older than that is another beginning */
};

typedef struct {
  GBytes *data; /* NULL: no sound, and no time for it */
  guint16 sequence;
  guint32 timestamp;
  gboolean copy; /* carries one of the packet before it */
} Item;

struct PealPlayout {
  PealPlayoutSetup setup;
  PealPatience patience;
  GQueue waiting; /* of Item *, in order */
  guint32 ssrc;
  gboolean begun;    /* the three below are valid */
  guint16 sequence;  /* of the last packet that left, */
  guint32 last;      /* and its timestamp */
  guint32 timestamp; /* of what comes next */
  gint64 at;         /* when that is heard; grows only */
  gint64 length;     /* of a packet, µs */
  gint64 before;     /* distance of the last two packets, µs */
  gint64 filled;     /* by holes that no packet has told of yet, µs */
  gint64 hole;       /* what was not there just before the next packet, µs */
  gint64 doubt;      /* an outage that the next packet may tell to have been a pause, µs */
  gboolean lost;     /* a packet of @hole was, and it not only delayed */
  PealPlayoutCount count;
};

static void
item_free (gpointer user)
{
  Item *item = user;

  g_clear_pointer (&item->data, g_bytes_unref);
  g_free (item);
}

PealPlayout *
peal_playout_new (const PealPlayoutSetup *setup)
{
  PealPlayout *playout = g_new0 (PealPlayout, 1);

  playout->setup = *setup;
  playout->length = USUAL;
  peal_patience_init (&playout->patience, setup->clock_rate, setup->wait_ms);
  g_queue_init (&playout->waiting);
  return playout;
}

static void
forget (PealPlayout *playout)
{
  g_queue_clear_full (&playout->waiting, item_free);
  playout->begun = FALSE;
}

void
peal_playout_free (PealPlayout *playout)
{
  forget (playout);
  g_free (playout);
}

/* --- what comes --- */

/* TRUE: another stream than the one so far. */
static gboolean
begins_anew (const PealPlayout *playout, const PealPacket *packet)
{
  gint16 ahead = (gint16) (packet->sequence - playout->sequence);

  return packet->ssrc != playout->ssrc || (playout->begun && ahead < -MOST_MISORDER);
}

/* Into its place. FALSE: it is there already. */
static gboolean
insert (GQueue *waiting, Item *item)
{
  GList *link = waiting->tail;

  for (; link; link = link->prev) {
    gint16 ahead = (gint16) (item->sequence - ((Item *) link->data)->sequence);
    if (ahead == 0)
      return FALSE;
    if (ahead > 0)
      break;
  }
  g_queue_insert_after (waiting, link, item);
  return TRUE;
}

static void
keep (PealPlayout *playout, const PealPacket *packet, GBytes *data)
{
  const PealPlayoutSetup *setup = &playout->setup;

  if (data && setup->decodes && !setup->decodes (packet->payload, packet->length))
    return;
  if (begins_anew (playout, packet))
    forget (playout);
  playout->ssrc = packet->ssrc;
  if (playout->begun && (gint16) (packet->sequence - playout->sequence) <= 0) {
    playout->count.late += data != NULL;
    return;
  }
  if (playout->waiting.length >= MOST)
    return;
  Item *item = g_new (Item, 1);
  *item = (Item) {
    .data = data ? g_bytes_ref (data) : NULL,
    .sequence = packet->sequence,
    .timestamp = packet->timestamp,
    .copy = setup->copies && setup->copies (packet->payload, packet->length),
  };
  if (!insert (&playout->waiting, item))
    item_free (item);
}

static void
learn (PealPlayout *playout, const PealPacket *packet, gint64 now)
{
  guint wait_ms = playout->patience.wait_ms;

  peal_patience_hear (&playout->patience, packet, now);
  if (playout->setup.fixed)
    playout->patience.wait_ms = wait_ms;
}

void
peal_playout_put (PealPlayout *playout, const PealPacket *packet, GBytes *data, gint64 now)
{
  learn (playout, packet, now);
  keep (playout, packet, data);
}

void
peal_playout_fill (PealPlayout *playout, const PealPacket *packet, GBytes *data, gint64 now)
{
  if (!playout->patience.known)
    learn (playout, packet, now);
  keep (playout, packet, data);
}

/* --- what leaves --- */

static gint64
span (const PealPlayout *playout, guint32 from, guint32 to)
{
  return (gint64) (gint32) (to - from) * SECOND / playout->setup.clock_rate;
}

static guint32
units (const PealPlayout *playout, gint64 length)
{
  return (guint32) (length * playout->setup.clock_rate / SECOND);
}

static gint64
due_of (const PealPlayout *playout, const Item *item)
{
  return peal_patience_due (&playout->patience, item->timestamp);
}

/* What comes next, past all that is nothing. */
static Item *
find_head (PealPlayout *playout)
{
  Item *head;

  while ((head = g_queue_peek_head (&playout->waiting)) && !head->data) {
    playout->sequence = head->sequence;
    item_free (g_queue_pop_head (&playout->waiting));
  }
  return head;
}

static void
leave_out (PealPlayout *playout)
{
  Item *item = g_queue_pop_head (&playout->waiting);

  playout->count.late++;
  playout->sequence = item->sequence;
  playout->last = item->timestamp;
  playout->timestamp = item->timestamp + units (playout, playout->length);
  item_free (item);
}

/* RFC 7587 §3.1.3: nothing was said where the next packet follows by its number, but not by its
 * time. */
static gboolean
ends_pause (const PealPlayout *playout, const Item *head)
{
  return head->sequence == (guint16) (playout->sequence + 1) &&
         span (playout, playout->last, head->timestamp) > playout->length + SHORTEST;
}

static void
judge_outage (PealPlayout *playout, const Item *head)
{
  if (playout->doubt && !ends_pause (playout, head)) {
    playout->count.invented_ms += (double) playout->doubt / MS;
    playout->count.bursts++;
  }
  playout->doubt = 0;
}

/* The line begins, or begins anew, with the first packet whose turn has not passed. */
static void
begin (PealPlayout *playout, gint64 now)
{
  for (Item *head; (head = find_head (playout));) {
    gint64 due = due_of (playout, head);
    if ((due < now - playout->length && !playout->setup.fixed) || due > now + LEAP) {
      leave_out (playout);
      continue;
    }
    judge_outage (playout, head);
    playout->begun = TRUE;
    playout->sequence = (guint16) (head->sequence - 1);
    playout->timestamp = head->timestamp;
    playout->last = head->timestamp - units (playout, playout->length);
    playout->at = playout->at > now + LEAP ? due : MAX (playout->at, due);
    playout->filled = playout->hole = 0;
    return;
  }
}

static gboolean
give_hole (PealPlayout *playout, gint64 length, PealPlayoutStep *step)
{
  *step = (PealPlayoutStep) { .at = playout->at, .length = length };
  playout->at += length;
  playout->hole += length;
  playout->count.heard_ms += (double) length / MS;
  return TRUE;
}

static void
end_hole (PealPlayout *playout, gboolean copy)
{
  if (!playout->hole)
    return;
  if (copy && playout->lost) {
    playout->count.recovered++;
    playout->hole -= MIN (playout->hole, playout->length);
  }
  playout->count.invented_ms += (double) playout->hole / MS;
  playout->count.bursts += playout->hole > 0;
  playout->hole = 0;
  playout->lost = FALSE;
}

/* Packets of a peer may be of another length than most; one pause is no such length. */
static void
learn_length (PealPlayout *playout, const Item *item)
{
  gint64 distance = span (playout, playout->last, item->timestamp);

  if (item->sequence != (guint16) (playout->sequence + 1) || distance < SHORTEST / 2 ||
      distance > LONGEST)
    return;
  if (distance == playout->before)
    playout->length = distance;
  playout->before = distance;
}

static gboolean
give_packet (PealPlayout *playout, PealPlayoutStep *step)
{
  Item *item = g_queue_pop_head (&playout->waiting);

  end_hole (playout, item->copy);
  learn_length (playout, item);
  *step = (PealPlayoutStep) { .packet = g_bytes_ref (item->data),
                              .at = playout->at,
                              .length = playout->length };
  playout->sequence = item->sequence;
  playout->last = item->timestamp;
  playout->timestamp = item->timestamp + units (playout, playout->length);
  playout->at += playout->length;
  playout->count.heard_ms += (double) playout->length / MS;
  item_free (item);
  return TRUE;
}

/* Nothing is there. What fills the hole is of no timestamp until the next packet tells whether it
 * took the place of one or delayed them all. */
static gboolean
take_nothing (PealPlayout *playout, gint64 now, PealPlayoutStep *step)
{
  if (now < playout->at - LEAD)
    return FALSE;
  if (playout->filled >= OUTAGE) {
    playout->doubt = playout->hole;
    playout->hole = 0;
    playout->lost = playout->begun = FALSE;
    return FALSE;
  }
  playout->filled += playout->length;
  return give_hole (playout, playout->length, step);
}

/* How much is missing before @head, µs; what was filled already counts first. */
static gint64
missing_before (PealPlayout *playout, const Item *head)
{
  gint64 missing = span (playout, playout->timestamp, head->timestamp);
  gint64 filled = CLAMP (missing, 0, playout->filled);

  playout->timestamp += units (playout, filled);
  if (ends_pause (playout, head))
    playout->hole -= MIN (playout->hole, filled);
  else
    playout->lost |= filled > 0;
  playout->filled = 0;
  return missing - filled;
}

gboolean
peal_playout_take (PealPlayout *playout, gint64 now, PealPlayoutStep *step)
{
  if (!playout->begun)
    begin (playout, now);
  while (playout->begun) {
    Item *head = find_head (playout);
    if (!head)
      return take_nothing (playout, now, step);
    gint64 missing = missing_before (playout, head);
    gboolean next = head->sequence == (guint16) (playout->sequence + 1);
    gint64 early = due_of (playout, head) - playout->at; /* than it should be */
    if (ABS (missing) > LEAP || early > LEAP) {
      playout->begun = FALSE;
      begin (playout, now);
      continue;
    }
    if (missing >= SHORTEST && !(next && missing <= LONGEST)) {
      if (now < playout->at - LEAD)
        return FALSE;
      gint64 length = MIN (missing, playout->length);
      playout->timestamp += units (playout, length);
      playout->lost = TRUE;
      return give_hole (playout, length, step);
    }
    if (next && missing > 0) { /* longer packets, or a short pause */
      playout->at += missing;
      early -= missing;
      playout->timestamp = head->timestamp;
    }
    if (playout->setup.fixed)
      return give_packet (playout, step);
    if (early < -playout->length)
      leave_out (playout);
    else if (early > OUTAGE)
      playout->at += early;
    else if (early > playout->length / 2)
      return give_hole (playout, playout->length, step);
    else
      return give_packet (playout, step);
  }
  return FALSE;
}

gint64
peal_playout_deadline (const PealPlayout *playout)
{
  return playout->begun ? playout->at - LEAD : G_MAXINT64;
}

guint
peal_playout_wait (const PealPlayout *playout)
{
  return playout->patience.wait_ms;
}

void
peal_playout_count (const PealPlayout *playout, PealPlayoutCount *count)
{
  *count = playout->count;
}
