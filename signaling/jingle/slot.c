/* A slot joins what an application made to what a method made, and knows neither. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/slot.h"

static void
transport_describable (gpointer user)
{
  PealSlot *slot = user;
  slot->describable = TRUE;
  slot->events->describable (slot->user, slot);
}

static void
transport_state (gpointer user, PealTransportState state, const PealPath *path, const GError *why)
{
  PealSlot *slot = user;
  slot->events->transport (slot->user, slot, state, path, why);
}

static const PealTransportEvents transport_events = { .describable = transport_describable,
                                                      .state = transport_state };

static void
medium_event (gpointer user, PealEvent *event)
{
  PealSlot *slot = user;
  g_free (event->content); /* it may have been opened before its name was known */
  event->content = g_strdup (slot->name);
  slot->events->event (slot->user, slot, event);
}

static void
medium_failed (gpointer user, const GError *why)
{
  PealSlot *slot = user;
  slot->events->failed (slot->user, slot, why);
}

static const PealMediumEvents medium_events = { .event = medium_event, .failed = medium_failed };

PealSlot *
peal_slot_new (const PealSlotSetup *setup, const PealSlotEvents *events, gpointer user)
{
  PealSlot *slot = g_new0 (PealSlot, 1);
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  slot->name = g_strdup (setup->name);
  slot->initiator = setup->initiator;
  slot->application = setup->wish->application;
  slot->method = setup->method;
  slot->creator = PEAL_CREATOR_INITIATOR;
  slot->senders = PEAL_SENDERS_BOTH;
  slot->plan = (PealContentPlan) { .content = slot->name, .config = setup->wish->config };
  slot->events = events;
  slot->user = user;
  PealTransportSetup transport = {
    .loop = setup->loop,
    .context = context,
    .initiator = setup->initiator,
    .content = slot->name,
    .encryption = setup->policy->encryption,
    .services = setup->services,
    .relay_only = setup->policy->relay_only,
    .no_trickle = setup->policy->no_trickle,
    .hide_address = setup->hide_address,
    .two_components = setup->two_components,
    .bind_address = setup->policy->bind_address,
  };
  slot->transport = slot->method->open (&transport, &transport_events, slot);
  PealMediumSetup medium = {
    .loop = setup->loop,
    .context = context,
    .plan = &slot->plan,
    .initiator = setup->initiator,
  };
  slot->medium = slot->application->open (&medium, &medium_events, slot);
  return slot;
}

void
peal_slot_free (PealSlot *slot, PealEvent *last)
{
  slot->application->close (slot->medium, last);
  slot->method->close (slot->transport);
  peal_element_free (slot->application->element, slot->local);
  peal_element_free (slot->application->element, slot->remote);
  g_free (slot->name);
  g_free (slot);
}

void
peal_slot_drop (PealSlot *slot)
{
  peal_slot_free (slot, NULL);
}

void
peal_slot_rename (PealSlot *slot, const char *name)
{
  g_free (slot->name);
  slot->name = g_strdup (name);
  slot->plan.content = slot->name;
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
  content->transport =
      peal_open_new (slot->method->element, slot->method->describe (slot->transport, TRUE));
  slot->described = TRUE;
  return content;
}

PealOpen *
peal_slot_news (PealSlot *slot)
{
  if (!slot->described)
    return NULL; /* all of it goes with the offer or the answer */
  gpointer news = slot->method->describe (slot->transport, FALSE);
  return news ? peal_open_new (slot->method->element, news) : NULL;
}

static gboolean
sends (PealSenders senders, gboolean initiator)
{
  return senders == PEAL_SENDERS_ABSENT || senders == PEAL_SENDERS_BOTH ||
         senders == (initiator ? PEAL_SENDERS_INITIATOR : PEAL_SENDERS_RESPONDER);
}

static void
run (PealSlot *slot)
{
  PealChannel *lanes[PEAL_N_LANES];
  for (PealLane lane = 0; lane < PEAL_N_LANES; lane++)
    lanes[lane] = slot->method->lane (slot->transport, slot->name, lane);
  slot->application->start (slot->medium, slot->local, slot->remote, lanes,
                            sends (slot->senders, slot->initiator),
                            sends (slot->senders, !slot->initiator));
}

void
peal_slot_start (PealSlot *slot)
{
  slot->started = TRUE;
  run (slot);
}

void
peal_slot_direct (PealSlot *slot, PealSenders senders)
{
  slot->senders = senders;
  if (slot->started)
    run (slot);
}

gboolean
peal_slot_sends (const PealSlot *slot)
{
  return sends (slot->senders, slot->initiator);
}

void
peal_slot_control (PealSlot *slot, PealControl control, int value, const char *text)
{
  if (slot->application->control)
    slot->application->control (slot->medium, control, value, text);
}
