/* A line joins what an application made to what a method made, and knows neither. */
// SPDX-License-Identifier: MIT
#include "signaling/jingle/line.h"

static void
transport_describable (gpointer user)
{
  PealLine *line = user;
  line->describable = TRUE;
  line->events->describable (line->user, line);
}

static void
transport_state (gpointer user, PealTransportState state, const PealPath *path, const GError *why)
{
  PealLine *line = user;
  line->events->transport (line->user, line, state, path, why);
}

static const PealTransportEvents transport_events
    = { .describable = transport_describable, .state = transport_state };

static void
medium_event (gpointer user, PealEvent *event)
{
  PealLine *line = user;
  if (!event->content)
    event->content = g_strdup (line->name);
  line->events->event (line->user, line, event);
}

static void
medium_failed (gpointer user, const GError *why)
{
  PealLine *line = user;
  line->events->failed (line->user, line, why);
}

static const PealMediumEvents medium_events = { .event = medium_event, .failed = medium_failed };

PealLine *
peal_line_new (const PealLineSetup *setup, const PealLineEvents *events, gpointer user)
{
  PealLine *line = g_new0 (PealLine, 1);
  g_autoptr(GMainContext) context = g_main_context_ref_thread_default ();
  line->name = g_strdup (setup->name);
  line->initiator = setup->initiator;
  line->application = setup->application;
  line->method = setup->method;
  line->creator = PEAL_CREATOR_INITIATOR;
  line->senders = PEAL_SENDERS_BOTH;
  line->plan = (PealContentPlan) { .content = line->name, .config = setup->policy->config };
  line->events = events;
  line->user = user;
  PealTransportSetup transport = {
    .loop = setup->loop, .context = context, .initiator = setup->initiator, .content = line->name,
    .encryption = setup->policy->encryption, .services = setup->services,
    .relay_only = setup->policy->relay_only, .no_trickle = setup->policy->no_trickle,
    .hide_address = setup->hide_address, .two_components = setup->two_components,
    .bind_address = setup->policy->bind_address,
  };
  line->transport = line->method->open (&transport, &transport_events, line);
  PealMediumSetup medium = {
    .loop = setup->loop, .context = context, .plan = &line->plan, .initiator = setup->initiator,
  };
  line->medium = line->application->open (&medium, &medium_events, line);
  return line;
}

void
peal_line_free (PealLine *line, PealEvent *last)
{
  line->application->close (line->medium, last);
  line->method->close (line->transport);
  peal_element_free (line->application->element, line->local);
  peal_element_free (line->application->element, line->remote);
  g_free (line->name);
  g_free (line);
}

void
peal_line_drop (PealLine *line)
{
  peal_line_free (line, NULL);
}

void
peal_line_rename (PealLine *line, const char *name)
{
  g_free (line->name);
  line->name = g_strdup (name);
  line->plan.content = line->name;
}

gboolean
peal_line_offer (PealLine *line, GError **error)
{
  line->local = line->application->offer (&line->plan, error);
  return line->local != NULL;
}

gboolean
peal_line_answer (PealLine *line, gconstpointer offer, PealReasonCondition *why, GError **error)
{
  line->remote = peal_element_copy (line->application->element, offer);
  line->local = line->application->answer (&line->plan, offer, why, error);
  return line->local != NULL;
}

gboolean
peal_line_agree (PealLine *line, gconstpointer answer, PealReasonCondition *why, GError **error)
{
  line->remote = peal_element_copy (line->application->element, answer ? answer : line->local);
  return line->application->agree (line->local, line->remote, why, error);
}

PealContent *
peal_line_content (PealLine *line)
{
  PealContent *content = peal_element_new (&peal_content_element);
  content->creator = line->creator;
  content->name = g_strdup (line->name);
  content->senders = line->senders;
  content->description = peal_open_new (
      line->application->element, peal_element_copy (line->application->element, line->local));
  content->transport = peal_open_new (line->method->element,
                                      line->method->describe (line->transport, TRUE));
  line->described = TRUE;
  return content;
}

PealOpen *
peal_line_news (PealLine *line)
{
  if (!line->described)
    return NULL; /* all of it goes with the offer or the answer */
  gpointer news = line->method->describe (line->transport, FALSE);
  return news ? peal_open_new (line->method->element, news) : NULL;
}

static gboolean
sends (PealSenders senders, gboolean initiator)
{
  return senders == PEAL_SENDERS_ABSENT || senders == PEAL_SENDERS_BOTH
         || senders == (initiator ? PEAL_SENDERS_INITIATOR : PEAL_SENDERS_RESPONDER);
}

void
peal_line_start (PealLine *line)
{
  PealChannel *lanes[PEAL_N_LANES];
  for (PealLane lane = 0; lane < PEAL_N_LANES; lane++)
    lanes[lane] = line->method->lane (line->transport, line->name, lane);
  line->started = TRUE;
  line->application->start (line->medium, line->local, line->remote, lanes,
                            sends (line->senders, line->initiator),
                            sends (line->senders, !line->initiator));
}

void
peal_line_control (PealLine *line, PealControl control, int value, const char *text)
{
  if (line->application->control)
    line->application->control (line->medium, control, value, text);
}
