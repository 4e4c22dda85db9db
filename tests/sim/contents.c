/* What is in a call, as each of its devices has it, and whether both have the same. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world_inner.h"

#include <stdlib.h>
#include <string.h>

guint
peal_sim_index (const char *name)
{
  return name[0] == 'c' ? (guint) (name[1] - '0') % PEAL_N_NAMES : 0;
}

PealSimContent *
peal_sim_find (const PealSimCall *call, const char *name)
{
  for (guint i = 0; i < call->contents->len; i++) {
    PealSimContent *content = call->contents->pdata[i];
    if (strcmp (content->name, name) == 0)
      return content;
  }
  return NULL;
}

static PealSimContent *
new_content (PealSimCall *call, const char *name)
{
  PealSimContent *content = g_new0 (PealSimContent, 1);

  g_strlcpy (content->name, name, sizeof content->name);
  content->senders = PEAL_SENDERS_BOTH;
  content->ours_is = ++call->device->world->transports;
  g_ptr_array_add (call->contents, content);
  return content;
}

PealSimContent *
peal_sim_new_content (PealSimCall *call, guint name)
{
  const char word[] = { 'c', '0' + name, 0 };
  PealSimContent *content = new_content (call, word);

  content->ours = TRUE;
  return content;
}

PealOpen *
peal_sim_transport (guint number)
{
  PealToyTransport *transport = peal_element_new (&peal_toy_transport);

  transport->ufrag = g_strdup_printf ("%u", number);
  return peal_open_new (&peal_toy_transport, transport);
}

/* The number of a transport; 0: it has none, as those who meddle send. */
static guint
number_of (const PealOpen *open)
{
  const PealToyTransport *transport = open ? peal_open_value (open, &peal_toy_transport) : NULL;

  return transport && transport->ufrag ? (guint) strtoul (transport->ufrag, NULL, 10) : 0;
}

PealContent *
peal_sim_describe (const PealSimContent *content)
{
  PealContent *told = peal_element_new (&peal_content_element);
  const PealElement *application =
      peal_sim_index (content->name) % 2 ? &peal_toy_picture : &peal_toy_description;
  PealToyDescription *description = peal_element_new (application);

  description->codec = 8;
  told->name = g_strdup (content->name);
  told->senders = content->senders;
  told->description = peal_open_new (application, description);
  told->transport = peal_sim_transport (content->ours_is);
  return told;
}

/* --- what the machine tells of them --- */

static void
note (PealSimCall *call, const char *sign, const PealContent *content, const char *more)
{
  PealSessionState state = peal_session_state (call->session);

  peal_world_note (call->device->world, "%s %s: %s%s%s%s", peal_who_jid (call->device->who),
                   call->sid, sign, content->name, more ? ":" : "", more ? more : "");
  if (state == PEAL_SESSION_ACCEPTING || state == PEAL_SESSION_ACTIVE)
    g_string_append_printf (call->changes, "%s%s%s%s%s", call->changes->len ? " " : "", sign,
                            content->name, more ? ":" : "", more ? more : "");
}

static void
open_content (PealSimCall *call, const PealAction *action)
{
  PealSimContent *content = new_content (call, action->content->name);

  content->senders = action->content->senders ? action->content->senders : PEAL_SENDERS_BOTH;
  content->theirs_is = number_of (action->content->transport);
  note (call, "+", action->content, NULL);
  peal_hands_trickle (call, peal_sim_index (content->name));
  if (action->added)
    peal_hands_consider (call, content);
}

static void
hear_candidate (PealSimCall *call, PealSimContent *content, const PealContent *told)
{
  /* Another table than ours was proposed; only who meddles does that. */
  const PealToyTransport *transport = peal_open_value (told->transport, &peal_toy_transport);

  if (!transport)
    return;
  if (transport->candidate != content->heard + 1) {
    note (call, "candidate out of order: ", told, NULL);
    call->out_of_order = TRUE;
  }
  content->heard = transport->candidate;
}

/* Our offer of another transport failed, or theirs that we had accepted came back. */
static void
keep_transport (PealSimContent *content, const PealAction *action)
{
  if (action->refused == PEAL_TRANSPORT_REPLACE)
    content->offered = 0;
  else if (action->refused == PEAL_TRANSPORT_REJECT)
    content->asked = 0;
  else {
    content->ours_is = content->ours_was;
    content->theirs_is = content->theirs_was;
  }
}

static void
stop_content (PealSimCall *call, PealSimContent *content, const PealAction *action)
{
  note (call, "-", action->content, NULL);
  if (action->by == PEAL_BY_LOCAL)
    call->stuck |= 1u << peal_sim_index (content->name);
  g_ptr_array_remove (call->contents, content);
}

/* What is told of a content that is there. */
static void
carry_out (PealSimCall *call, PealSimContent *content, const PealAction *action)
{
  switch (action->what) {
  case PEAL_CONTENT_AGREED:
    content->theirs_is = number_of (action->content->transport);
    break;
  case PEAL_CONTENT_START:
    note (call, "=", action->content, NULL);
    content->started = TRUE;
    content->senders = action->senders ? action->senders : PEAL_SENDERS_BOTH;
    call->started |= 1u << peal_sim_index (content->name);
    break;
  case PEAL_CONTENT_TRANSPORT:
    hear_candidate (call, content, action->content);
    break;
  case PEAL_CONTENT_MODIFIED:
    note (call, "~", action->content, peal_senders_words[action->senders]);
    content->senders = action->senders;
    break;
  case PEAL_CONTENT_REPLACE:
    note (call, "?", action->content, NULL);
    content->asked = number_of (action->content->transport);
    peal_hands_consider (call, content);
    break;
  case PEAL_CONTENT_REPLACED:
    note (call, ">", action->content, NULL);
    content->ours_is = content->offered;
    content->theirs_is = number_of (action->content->transport);
    content->offered = 0;
    break;
  case PEAL_CONTENT_KEPT:
    note (call, "<", action->content, peal_jingle_action_words[action->refused]);
    keep_transport (content, action);
    break;
  case PEAL_CONTENT_STOP:
    stop_content (call, content, action);
    break;
  default:
    break;
  }
}

void
peal_sim_carry_out (PealSimCall *call, const PealAction *action)
{
  PealSimContent *content = peal_sim_find (call, action->content->name);

  if (action->what == PEAL_CONTENT_REFUSED)
    note (call, "!", action->content, peal_jingle_action_words[action->refused]);
  /* One that is opened is new, and all else is about one that is there. */
  if (action->what != PEAL_CONTENT_REFUSED || action->refused != PEAL_CONTENT_REMOVE)
    g_assert_cmpint (action->what == PEAL_CONTENT_OPEN, ==, !content);
  if (action->what == PEAL_CONTENT_OPEN)
    open_content (call, action);
  else if (content)
    carry_out (call, content, action);
}

/* --- what both have --- */

static gint
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(PealSimContent *const *) a)->name, (*(PealSimContent *const *) b)->name);
}

/* The contents of @call as words; @swapped: its transports as the other side sees them. Those in
 * @without do not count. */
static char *
describe_all (const PealSimCall *call, gboolean transports, gboolean swapped, guint without)
{
  g_autoptr(GString) words = g_string_new (NULL);

  g_ptr_array_sort (call->contents, by_name);
  for (guint i = 0; i < call->contents->len; i++) {
    const PealSimContent *content = call->contents->pdata[i];
    if (without & 1u << peal_sim_index (content->name))
      continue;
    g_string_append_printf (words, "%s%s:%s", words->len ? " " : "", content->name,
                            peal_senders_words[content->senders]);
    if (!content->started)
      g_string_append (words, ":waits");
    if (transports)
      g_string_append_printf (words, ":%u/%u", swapped ? content->theirs_is : content->ours_is,
                              swapped ? content->ours_is : content->theirs_is);
  }
  return g_string_free (g_steal_pointer (&words), FALSE);
}

/* What peal_world_account tells of it. */
char *
peal_sim_has (const PealSimCall *call)
{
  return describe_all (call, FALSE, FALSE, 0);
}

static gboolean
is_quiet (const PealSimCall *call)
{
  return call->device->link == PEAL_LINK_UP &&
         peal_session_state (call->session) == PEAL_SESSION_ACTIVE &&
         peal_session_deadline (call->session) == G_MAXINT64 && !call->plans &&
         !call->device->asked->len;
}

char *
peal_world_differs (PealWorld *world, const char *sid, gboolean *quiet)
{
  PealSimCall *sides[2] = { NULL, NULL };
  guint n = 0, without = 0;

  *quiet = FALSE;
  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    PealSimCall *call = peal_hands_find (&world->devices[who], sid);
    if (call && call->session && n < G_N_ELEMENTS (sides))
      sides[n++] = call;
  }
  if (n < 2 || world->parcels != world->stored->len || !is_quiet (sides[0]) || !is_quiet (sides[1]))
    return NULL;
  *quiet = TRUE;
  /* Those of another make keep what we have let go of. */
  for (guint i = 0; i < 2; i++)
    if (sides[i]->device->policy.habit != PEAL_PLAIN)
      without = sides[!i]->stuck;
  g_autofree char *one = describe_all (sides[0], !world->any_transport, FALSE, without);
  g_autofree char *other = describe_all (sides[1], !world->any_transport, TRUE, without);
  return strcmp (one, other) == 0
             ? NULL
             : g_strdup_printf ("%s: one side has \"%s\", the other \"%s\"", sid, one, other);
}

void
peal_world_compare_transports (PealWorld *world, gboolean transports)
{
  world->any_transport = !transports;
}

guint
peal_world_compared (PealWorld *world)
{
  return world->compared;
}
