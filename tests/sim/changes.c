/* What simulated users change in a call, how they answer the other side's changes, and how devices
 * of other makes do. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world_inner.h"

#include <string.h>

static PealSenders
any_senders (PealWorld *world)
{
  return PEAL_SENDERS_BOTH + peal_world_chance (world, 4);
}

static PealOpen *
description_of (const char *name)
{
  const PealElement *application =
      peal_sim_index (name) % 2 ? &peal_toy_picture : &peal_toy_description;

  return peal_open_new (application, peal_element_new (application));
}

/* --- buttons --- */

/* A content that the machine did not take is none. */
static void
add (PealSimCall *call, const char *const *names, PealSenders senders)
{
  GPtrArray *told = NULL;
  guint made = 0;

  for (guint i = 0; names[i]; i++) {
    if (peal_sim_find (call, names[i]))
      continue;
    PealSimContent *content = peal_sim_new_content (call, peal_sim_index (names[i]));
    content->senders = senders;
    made |= 1u << i;
    peal_list_append (&told, peal_sim_describe (content));
  }
  gboolean said = peal_session_add (call->session, told, NULL, call->device->world->now);
  for (guint i = 0; names[i]; i++) {
    if (said && made & 1u << i)
      peal_hands_trickle (call, peal_sim_index (names[i]));
    else if (made & 1u << i)
      g_ptr_array_remove (call->contents, peal_sim_find (call, names[i]));
  }
}

static void
replace (PealSimCall *call, const char *name)
{
  PealSimContent *content = peal_sim_find (call, name);
  guint number = ++call->device->world->transports;

  if (peal_session_replace (call->session, name, peal_sim_transport (number),
                            call->device->world->now))
    content->offered = number;
}

void
peal_hands_change (PealSimCall *call, const PealChange *change)
{
  static const PealSessionInput inputs[PEAL_N_CHANGES] = {
    [PEAL_CHANGE_ADD] = PEAL_TOLD_ADD,           [PEAL_CHANGE_REMOVE] = PEAL_TOLD_REMOVE,
    [PEAL_CHANGE_MODIFY] = PEAL_TOLD_MODIFY,     [PEAL_CHANGE_REPLACE] = PEAL_TOLD_REPLACE,
    [PEAL_CHANGE_DESCRIBE] = PEAL_TOLD_DESCRIBE,
  };
  const char *names[] = { change->name, NULL };
  gint64 now = call->device->world->now;

  peal_coverage_session (peal_session_state (call->session), inputs[change->kind]);
  switch (change->kind) {
  case PEAL_CHANGE_ADD:
    add (call, names, change->senders ? change->senders : PEAL_SENDERS_BOTH);
    break;
  case PEAL_CHANGE_REMOVE:
    peal_session_remove (call->session, change->name, PEAL_REASON_SUCCESS, now);
    break;
  case PEAL_CHANGE_MODIFY:
    peal_session_modify (call->session, change->name, change->senders, now);
    break;
  case PEAL_CHANGE_DESCRIBE:
    peal_session_describe (call->session, change->name, description_of (change->name), now);
    break;
  default:
    replace (call, change->name);
  }
  peal_hands_drain_session (call);
}

/* Several at once. */
static void
add_two (PealSimCall *call)
{
  PealWorld *world = call->device->world;
  char one[] = { 'c', '0' + peal_world_chance (world, PEAL_N_NAMES), 0 };
  char two[] = { 'c', '0' + peal_world_chance (world, PEAL_N_NAMES), 0 };
  const char *names[] = { one, strcmp (one, two) ? two : NULL, NULL };

  peal_coverage_session (peal_session_state (call->session), PEAL_TOLD_ADD);
  add (call, names, any_senders (world));
  peal_hands_drain_session (call);
}

void
peal_hands_change_any (PealSimCall *call)
{
  PealWorld *world = call->device->world;
  guint n = call->contents->len;
  char name[] = { 'c', '0' + peal_world_chance (world, PEAL_N_NAMES), 0 };
  PealChange change = { .kind = peal_world_chance (world, PEAL_N_CHANGES),
                        .senders = any_senders (world),
                        .name = name };

  /* Dino knows no other changes. */
  if (call->device->policy.habit == PEAL_LIKE_DINO)
    change.kind = peal_world_chance (world, 2) ? PEAL_CHANGE_ADD : PEAL_CHANGE_MODIFY;
  else if (change.kind == PEAL_CHANGE_ADD && peal_world_chance (world, 4) == 0) {
    add_two (call);
    return;
  }
  /* Most of the time one that there is. */
  if (change.kind != PEAL_CHANGE_ADD && n && peal_world_chance (world, 20))
    change.name = ((PealSimContent *) call->contents->pdata[peal_world_chance (world, n)])->name;
  g_strlcpy (name, change.name, sizeof name);
  change.name = name;
  peal_hands_change (call, &change);
}

/* --- at a time --- */

static void
do_change (PealWorld *world, gpointer user)
{
  PealSimCall *call = peal_errand_call (user);

  if (!call)
    return;
  call->plans--;
  if (peal_session_state (call->session) < PEAL_SESSION_ENDING)
    peal_hands_change_any (call);
}

void
peal_hands_begin_changes (PealSimCall *call)
{
  const PealPolicy *policy = &call->device->policy;
  PealWorld *world = call->device->world;

  if (peal_session_is_initiator (call->session) !=
      (peal_session_state (call->session) == PEAL_SESSION_ACTIVE))
    return; /* the responder has begun when it accepted */
  for (guint i = 0; i < policy->changes; i++) {
    call->plans++;
    peal_world_later (world, PEAL_MS (peal_world_chance (world, policy->changes_for + 1)),
                      do_change, peal_errand_new (call, 0));
  }
}

/* --- answers --- */

static void
answer_transport (PealSimCall *call, PealSimContent *content, gboolean take)
{
  guint number = ++call->device->world->transports, asked = content->asked;
  gint64 now = call->device->world->now;

  peal_coverage_session (peal_session_state (call->session),
                         take ? PEAL_TOLD_ACCEPT_TRANSPORT : PEAL_TOLD_REJECT_TRANSPORT);
  if (!take)
    peal_session_reject_transport (call->session, content->name, now);
  else if (peal_session_accept_transport (call->session, content->name, peal_sim_transport (number),
                                          now)) {
    content->ours_was = content->ours_is;
    content->theirs_was = content->theirs_is;
    content->ours_is = number;
    content->theirs_is = asked;
  }
  content->asked = 0;
}

static void
answer_content (PealSimCall *call, PealSimContent *content, gboolean take)
{
  PealWorld *world = call->device->world;

  peal_coverage_session (peal_session_state (call->session),
                         take ? PEAL_TOLD_ACCEPT_CONTENT : PEAL_TOLD_REJECT_CONTENT);
  if (!take) {
    peal_session_reject_content (call->session, content->name, PEAL_REASON_DECLINE, world->now);
    return;
  }
  PealContent *answer = peal_sim_describe (content);
  answer->senders = call->device->policy.narrows ? any_senders (world) : PEAL_SENDERS_ABSENT;
  peal_session_accept_content (call->session, answer, world->now);
}

/* @what: the name, and 16 where it is refused. */
static void
do_answer (PealWorld *world, gpointer user)
{
  const PealErrand *errand = user;
  PealSimCall *call = peal_errand_call (errand);
  const char name[] = { 'c', '0' + errand->what % 16, 0 };
  PealSimContent *content = call ? peal_sim_find (call, name) : NULL;

  if (!content || peal_session_state (call->session) >= PEAL_SESSION_ENDING)
    return;
  if (content->asked)
    answer_transport (call, content, errand->what < 16);
  else if (!content->ours && !content->started)
    answer_content (call, content, errand->what < 16);
  peal_hands_drain_session (call);
}

void
peal_hands_consider (PealSimCall *call, PealSimContent *content)
{
  const PealPolicy *policy = &call->device->policy;
  PealWorld *world = call->device->world;
  guint mood = peal_world_chance (world, 10);
  gboolean take = mood >= policy->refuses + policy->ignores;

  if (mood < policy->ignores)
    return;
  peal_world_later (world, PEAL_MS (peal_world_chance (world, policy->ponders + 1)), do_answer,
                    peal_errand_new (call, peal_sim_index (content->name) + (take ? 0 : 16)));
}

void
peal_hands_press (PealSimCall *call, PealSessionInput input)
{
  PealWorld *world = call->device->world;
  guint n = call->contents->len;
  PealSimContent *content = n ? call->contents->pdata[peal_world_chance (world, n)] : NULL;
  PealSimContent none = { .name = "c5", .senders = PEAL_SENDERS_BOTH };
  PealChange change = { .name = "c0", .senders = any_senders (world) };
  char name[3];

  g_strlcpy (name, content ? content->name : none.name, sizeof name);
  change.name = name;
  if (input == PEAL_TOLD_ACCEPT_TRANSPORT || input == PEAL_TOLD_REJECT_TRANSPORT)
    answer_transport (call, content ? content : &none, input == PEAL_TOLD_ACCEPT_TRANSPORT);
  else if (input == PEAL_TOLD_ACCEPT_CONTENT || input == PEAL_TOLD_REJECT_CONTENT)
    answer_content (call, content ? content : &none, input == PEAL_TOLD_ACCEPT_CONTENT);
  else {
    change.kind = input == PEAL_TOLD_ADD        ? PEAL_CHANGE_ADD
                  : input == PEAL_TOLD_REMOVE   ? PEAL_CHANGE_REMOVE
                  : input == PEAL_TOLD_MODIFY   ? PEAL_CHANGE_MODIFY
                  : input == PEAL_TOLD_DESCRIBE ? PEAL_CHANGE_DESCRIBE
                                                : PEAL_CHANGE_REPLACE;
    if (input == PEAL_TOLD_ADD)
      name[1] = '0' + peal_world_chance (world, PEAL_N_NAMES);
    peal_hands_change (call, &change);
    return;
  }
  peal_hands_drain_session (call);
}

/* --- other makes --- */

/* Sends @action with @reason and no content: stanza.js names none. */
static void
refuse_unnamed (PealSimCall *call, PealJingleAction action, PealReasonCondition reason)
{
  PealJingle *message = peal_element_new (&peal_jingle_element);

  message->action = action;
  message->sid = g_strdup (call->sid);
  message->reason = peal_element_new (&peal_reason_element);
  message->reason->condition = reason;
  peal_hands_ask (call->device, call->peer, message, NULL, 0);
}

/* What stanza.js 12 answers to changes: only infos and ends reach its session. */
static gboolean
answers_like_stanza_js (PealSimCall *call, const PealParcel *asked)
{
  switch (asked->jingle->action) {
  case PEAL_CONTENT_ADD:
    peal_hands_answer (call->device, asked, PEAL_CONDITION_NONE);
    refuse_unnamed (call, PEAL_CONTENT_REJECT, PEAL_REASON_FAILED_APPLICATION);
    return TRUE;
  case PEAL_TRANSPORT_REPLACE:
    peal_hands_answer (call->device, asked, PEAL_CONDITION_NONE);
    refuse_unnamed (call, PEAL_TRANSPORT_REJECT, PEAL_REASON_FAILED_TRANSPORT);
    return TRUE;
  case PEAL_CONTENT_MODIFY:
  case PEAL_CONTENT_REMOVE:
    peal_hands_answer (call->device, asked, PEAL_BAD_REQUEST);
    return TRUE;
  case PEAL_DESCRIPTION_INFO:
    peal_hands_answer (call->device, asked, PEAL_UNSUPPORTED_INFO);
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean
answers_like_dino (PealSimCall *call, const PealParcel *asked)
{
  PealJingleAction action = asked->jingle->action;
  gboolean several =
      asked->jingle->contents && asked->jingle->contents->len > 1 && action != PEAL_SESSION_ACCEPT;

  if (!several && action != PEAL_CONTENT_REJECT && action != PEAL_CONTENT_REMOVE)
    return FALSE;
  peal_hands_answer (call->device, asked, PEAL_FEATURE_NOT_IMPLEMENTED);
  return TRUE;
}

gboolean
peal_habit_answers (PealSimCall *call, const PealParcel *asked)
{
  PealSessionState state = peal_session_state (call->session);

  if (state != PEAL_SESSION_ACCEPTING && state != PEAL_SESSION_ACTIVE)
    return FALSE;
  switch (call->device->policy.habit) {
  case PEAL_LIKE_STANZA_JS:
    return answers_like_stanza_js (call, asked);
  case PEAL_LIKE_DINO:
    return answers_like_dino (call, asked);
  default:
    return FALSE;
  }
}

/* Whoever adds a content, to Dino the initiator has made it. */
void
peal_habit_sends (const PealSimCall *call, PealJingle *message)
{
  if (call->device->policy.habit != PEAL_LIKE_DINO)
    return;
  for (guint i = 0; message->contents && i < message->contents->len; i++)
    ((PealContent *) message->contents->pdata[i])->creator = PEAL_CREATOR_INITIATOR;
}
