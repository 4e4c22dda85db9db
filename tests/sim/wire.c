/* The simulated server and its streams: ordered, delayed, lossy; bounces, carbons and stored
 * messages. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world_inner.h"

PealParcel *
peal_parcel_new (PealDevice *from, PealParcelKind kind)
{
  PealParcel *parcel = g_new0 (PealParcel, 1);

  parcel->world = from->world;
  parcel->kind = kind;
  parcel->from = from->who;
  from->world->parcels++;
  return parcel;
}

void
peal_parcel_free (PealParcel *parcel)
{
  parcel->world->parcels--;
  peal_jingle_free (parcel->jingle);
  if (parcel->invite)
    peal_element_free (peal_invite_elements[parcel->verb], parcel->invite);
  g_free (parcel);
}

static PealParcel *
copy (const PealParcel *parcel, PealWho to)
{
  PealParcel *twin = g_memdup2 (parcel, sizeof *parcel);

  parcel->world->parcels++;
  twin->target = parcel->to;
  twin->to = to;
  twin->jingle = peal_element_copy (&peal_jingle_element, parcel->jingle);
  if (parcel->invite)
    twin->invite = peal_element_copy (peal_invite_elements[parcel->verb], parcel->invite);
  return twin;
}

/* --- through XML and back --- */

static gpointer
recode (PealWorld *world, const PealElement *element, gpointer value)
{
  const PealReading reading = { .vocabulary = peal_toy_vocabulary };
  g_autoptr(GError) error = NULL;
  xmpp_stanza_t *stanza = peal_element_build (element, value, world->context);
  gpointer again = peal_element_parse (element, stanza, &reading, &error);

  g_assert_no_error (error);
  xmpp_stanza_release (stanza);
  peal_element_free (element, value);
  return again;
}

static PealCondition
recode_condition (PealWorld *world, PealCondition condition)
{
  g_autoptr(GError) error = NULL;
  xmpp_stanza_t *stanza = xmpp_iq_new (world->context, "error", "1");
  xmpp_stanza_t *child = peal_condition_build (condition, NULL, world->context);

  xmpp_stanza_add_child_ex (stanza, child, FALSE);
  peal_condition_read (stanza, &error);
  xmpp_stanza_release (stanza);
  return error->code;
}

static void
recode_parcel (PealWorld *world, PealParcel *parcel)
{
  /* An undefined action cannot be built. */
  if (parcel->jingle && parcel->jingle->action)
    parcel->jingle = recode (world, &peal_jingle_element, parcel->jingle);
  if (parcel->invite)
    parcel->invite = recode (world, peal_invite_elements[parcel->verb], parcel->invite);
  if (parcel->kind == PEAL_PARCEL_ANSWER && parcel->condition)
    parcel->condition = recode_condition (world, parcel->condition);
}

/* --- to a device --- */

static gboolean
is_lost (PealWorld *world)
{
  return world->lose && peal_world_chance (world, 1000) < world->lose;
}

static gint64
on_the_way (PealWorld *world)
{
  return PEAL_MS (world->delay_least +
                  peal_world_chance (world, world->delay_most - world->delay_least + 1));
}

static gboolean
is_reachable (const PealDevice *device)
{
  return device->link == PEAL_LINK_UP || device->link == PEAL_LINK_GHOST;
}

static void
arrive (PealWorld *world, gpointer user)
{
  PealParcel *parcel = user;
  PealDevice *device = &world->devices[parcel->to];

  if (device->link == PEAL_LINK_UP)
    peal_hands_deliver (device, parcel);
  peal_parcel_free (parcel);
}

static void
carry (PealWorld *world, gint64 *last, gint64 earliest, PealHappening then, PealParcel *parcel)
{
  gint64 due = MAX (world->now, earliest) + on_the_way (world);

  *last = MAX (*last, due);
  peal_world_later_parcel (world, *last - world->now, then, parcel);
}

static void
send_down (PealWorld *world, PealParcel *parcel)
{
  PealDevice *device = &world->devices[parcel->to];

  if (device->link != PEAL_LINK_UP || is_lost (world)) {
    peal_parcel_free (parcel);
    return;
  }
  carry (world, &device->down_last, device->paused_until, arrive, parcel);
}

/* --- at the server --- */

static void
bounce (PealWorld *world, PealParcel *parcel)
{
  PealWho from = parcel->from;

  parcel->from = parcel->to;
  parcel->to = from;
  if (parcel->kind == PEAL_PARCEL_SET) {
    parcel->kind = PEAL_PARCEL_ANSWER;
    parcel->condition =
        peal_world_chance (world, 2) ? PEAL_SERVICE_UNAVAILABLE : PEAL_RECIPIENT_UNAVAILABLE;
    g_clear_pointer (&parcel->jingle, peal_jingle_free);
  } else
    parcel->kind = PEAL_PARCEL_BOUNCE;
  if (is_reachable (&world->devices[from]))
    send_down (world, parcel);
  else
    peal_parcel_free (parcel);
}

/* RFC 6121 §8.5 and XEP-0280: to every device of the account, and to the sender's others. */
static void
fork_message (PealWorld *world, PealParcel *parcel)
{
  guint reached = 0;

  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    gboolean addressed = peal_same_account (who, parcel->to);
    if (who == parcel->from || !is_reachable (&world->devices[who]))
      continue;
    if (addressed || peal_same_account (who, parcel->from))
      send_down (world, copy (parcel, who));
    reached += addressed;
  }
  if (reached)
    peal_parcel_free (parcel);
  else if (world->stores) {
    parcel->stored_at = world->now;
    g_ptr_array_add (world->stored, parcel);
  } else
    bounce (world, parcel);
}

static void
route (PealWorld *world, gpointer user)
{
  PealParcel *parcel = user;

  if (parcel->kind == PEAL_PARCEL_MESSAGE)
    fork_message (world, parcel);
  else if (is_reachable (&world->devices[parcel->to]))
    send_down (world, parcel);
  else if (parcel->kind == PEAL_PARCEL_SET)
    bounce (world, parcel);
  else
    peal_parcel_free (parcel);
}

void
peal_wire_send (PealWorld *world, PealParcel *parcel)
{
  PealDevice *device = &world->devices[parcel->from];

  if (device->link != PEAL_LINK_UP || is_lost (world)) {
    peal_world_note (world, "%s: lost", peal_who_jid (parcel->from));
    peal_parcel_free (parcel);
    return;
  }
  if (world->coded)
    recode_parcel (world, parcel);
  carry (world, &device->up_last, device->paused_until, route, parcel);
}

/* @device came online: what was kept for its account goes to it. */
void
peal_wire_online (PealDevice *device)
{
  PealWorld *world = device->world;

  device->link = PEAL_LINK_UP;
  for (guint i = 0; i < world->stored->len;) {
    PealParcel *parcel = world->stored->pdata[i];
    if (!peal_same_account (parcel->to, device->who)) {
      i++;
      continue;
    }
    g_ptr_array_steal_index (world->stored, i);
    parcel->to = device->who;
    send_down (world, parcel);
  }
}
