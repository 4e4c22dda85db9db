/* A slot joins what an application made to what a method made, and knows neither. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/slot.h"

static void
medium_event (gpointer user, PealEvent *event)
{
  PealSlot *slot = user;
  g_free (event->content); /* it may have been opened before its name was known */
  event->content = g_strdup (slot->name);
  if (!event->media)
    event->media = g_strdup (slot->application->media);
  if (slot->dead)
    peal_event_clear (event);
  else
    slot->events->event (slot->user, slot, event);
}

static void
medium_failed (gpointer user, const GError *why)
{
  PealSlot *slot = user;
  if (!slot->dead)
    slot->events->failed (slot->user, slot, why);
}

static const PealMediumEvents medium_events = { .event = medium_event, .failed = medium_failed };

static void
open_medium (PealSlot *slot)
{
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  PealMediumSetup medium = {
    .loop = slot->loop,
    .context = context,
    .plan = &slot->plan,
    .initiator = slot->initiator,
  };
  slot->medium = slot->application->open (&medium, &medium_events, slot);
}

PealSlot *
peal_slot_new (const PealSlotSetup *setup, const PealSlotEvents *events, gpointer user)
{
  PealSlot *slot = g_new0 (PealSlot, 1);
  slot->name = g_strdup (setup->name);
  slot->initiator = setup->initiator;
  slot->wish = setup->wish;
  slot->willing = setup->wish->send;
  slot->application = setup->wish->application;
  slot->creator = PEAL_CREATOR_INITIATOR;
  slot->senders = PEAL_SENDERS_BOTH;
  slot->plan = (PealContentPlan) { .content = slot->name, .config = setup->wish->config };
  slot->loop = setup->loop;
  slot->events = events;
  slot->user = user;
  open_medium (slot);
  return slot;
}

/* Its medium is closed before its lanes go. */
static void
close_medium (PealSlot *slot, PealEvent *last)
{
  const PealCarrier *carrier = slot->carrier;
  slot->application->close (slot->medium, last);
  if (slot->started && carrier && carrier->method->hint)
    carrier->method->hint (carrier->transport, slot->name, NULL);
}

void
peal_slot_free (PealSlot *slot, PealEvent *last)
{
  close_medium (slot, last);
  peal_element_free (slot->application->element, slot->local);
  peal_element_free (slot->application->element, slot->remote);
  g_clear_pointer (&slot->early, g_ptr_array_unref);
  g_clear_error (&slot->broken);
  g_free (slot->name);
  g_free (slot);
}

void
peal_slot_rename (PealSlot *slot, const char *name)
{
  g_free (slot->name);
  slot->name = g_strdup (name);
  slot->plan.content = slot->name;
  if (slot->medium && slot->application->rename)
    slot->application->rename (slot->medium, name);
}

gboolean
peal_slot_offer (PealSlot *slot, GError **error)
{
  slot->local = slot->application->offer (&slot->plan, error);
  return slot->local != NULL;
}

void
peal_slot_answer (PealSlot *slot, gconstpointer offer, gpointer answer)
{
  slot->remote = peal_element_copy (slot->application->element, offer);
  slot->local = answer;
}

gboolean
peal_slot_agree (PealSlot *slot, gconstpointer answer, PealReasonCondition *why, GError **error)
{
  slot->remote = peal_element_copy (slot->application->element, answer ? answer : slot->local);
  return slot->application->agree (slot->local, slot->remote, why, error);
}

PealContent *
peal_slot_content (PealSlot *slot)
{
  PealContent *content = peal_element_new (&peal_content_element);
  content->creator = slot->creator;
  content->name = g_strdup (slot->name);
  content->senders = slot->senders;
  content->description = peal_open_new (
      slot->application->element, peal_element_copy (slot->application->element, slot->local));
  content->transport = peal_carrier_describe (slot->carrier);
  return content;
}

/* --- who may send --- */

PealSenders
peal_slot_senders (gboolean initiator, gboolean responder)
{
  static const PealSenders words[2][2] = { { PEAL_SENDERS_NONE, PEAL_SENDERS_RESPONDER },
                                           { PEAL_SENDERS_INITIATOR, PEAL_SENDERS_BOTH } };
  return words[initiator != 0][responder != 0];
}

static gboolean
may_send (PealSenders senders, gboolean initiator)
{
  return senders == PEAL_SENDERS_ABSENT || senders == PEAL_SENDERS_BOTH ||
         senders == (initiator ? PEAL_SENDERS_INITIATOR : PEAL_SENDERS_RESPONDER);
}

PealSenders
peal_slot_narrow (const PealSlot *slot, gboolean send, gboolean receive)
{
  return peal_slot_senders (may_send (slot->senders, TRUE) && (slot->initiator ? send : receive),
                            may_send (slot->senders, FALSE) && (slot->initiator ? receive : send));
}

gboolean
peal_slot_may_send (const PealSlot *slot)
{
  return may_send (slot->senders, slot->initiator);
}

PealSenders
peal_slot_with (const PealSlot *slot, gboolean ours)
{
  gboolean theirs = peal_slot_receives (slot);
  return slot->initiator ? peal_slot_senders (ours, theirs) : peal_slot_senders (theirs, ours);
}

gboolean
peal_slot_sends (const PealSlot *slot)
{
  return slot->willing && peal_slot_may_send (slot);
}

gboolean
peal_slot_receives (const PealSlot *slot)
{
  return may_send (slot->senders, !slot->initiator);
}

/* --- running --- */

static void
run (PealSlot *slot)
{
  const PealMethod *method = slot->carrier->method;
  PealTransport *transport = slot->carrier->transport;
  PealChannel *lanes[PEAL_N_LANES];
  PealLaneHints hints = { 0 };
  if (method->hint && slot->application->hints) {
    slot->application->hints (slot->local, slot->remote, &hints);
    method->hint (transport, slot->name, &hints);
  }
  for (PealLane lane = 0; lane < PEAL_N_LANES; lane++)
    lanes[lane] = method->lane (transport, slot->name, lane);
  slot->application->start (slot->medium, slot->local, slot->remote, lanes, peal_slot_sends (slot),
                            peal_slot_receives (slot));
}

void
peal_slot_start (PealSlot *slot)
{
  slot->started = TRUE;
  run (slot);
}

void
peal_slot_switch (PealSlot *slot, PealCarrier *carrier, PealEvent *last)
{
  close_medium (slot, last);
  slot->carrier = carrier;
  open_medium (slot);
  peal_slot_start (slot);
}

void
peal_slot_inform (PealSlot *slot, gconstpointer description)
{
  const PealElement *element = slot->application->element;
  PealReasonCondition why;
  if (!slot->started || peal_element_equal (element, slot->remote, description) ||
      !slot->application->agree (slot->local, description, &why, NULL))
    return;
  peal_element_free (element, slot->remote);
  slot->remote = peal_element_copy (element, description);
  run (slot);
}

void
peal_slot_join (PealSlot *slot, PealSlot *other)
{
  if (slot->application->join)
    slot->application->join (slot->medium, other->application, other->medium);
  if (other->application->join)
    other->application->join (other->medium, slot->application, slot->medium);
}

void
peal_slot_direct (PealSlot *slot, PealSenders senders)
{
  slot->senders = senders;
  if (slot->started)
    run (slot);
}

void
peal_slot_will (PealSlot *slot, gboolean willing)
{
  slot->willing = willing;
  if (slot->started)
    run (slot);
}

void
peal_slot_control (PealSlot *slot, PealControl control, int value, const char *text)
{
  if (slot->application->control)
    slot->application->control (slot->medium, control, value, text);
}
