/* The world's clock, chance, trace and story; who there is, and when what happens. */
// SPDX-License-Identifier: MIT
#include "tests/sim/world_inner.h"

#include "signaling/wire/jid.h"

#include <string.h>

const PealElement peal_toy_description = {
  "description",
  "urn:peal:sim:app",
  sizeof (PealToyDescription),
  (const PealField[]) { PEAL_UINT (PealToyDescription, codec, "codec", 255), PEAL_END },
};
const PealElement peal_toy_picture = {
  "description",
  "urn:peal:sim:picture",
  sizeof (PealToyDescription),
  (const PealField[]) { PEAL_UINT (PealToyDescription, codec, "codec", 255), PEAL_END },
};
const PealElement peal_toy_transport = {
  "transport",
  "urn:peal:sim:transport",
  sizeof (PealToyTransport),
  (const PealField[]) { PEAL_STR (PealToyTransport, ufrag, "ufrag"),
                        PEAL_UINT (PealToyTransport, candidate, "candidate", G_MAXUINT32),
                        PEAL_END },
};
const PealElement peal_toy_relay = {
  "transport",
  "urn:peal:sim:relay",
  sizeof (PealToyTransport),
  (const PealField[]) { PEAL_STR (PealToyTransport, ufrag, "ufrag"), PEAL_END },
};
const PealElement peal_toy_info = {
  "ringing",
  "urn:peal:sim:info",
  sizeof (PealToyInfo),
  (const PealField[]) { PEAL_UINT (PealToyInfo, n, "n", 255), PEAL_END },
};
const PealElement *const peal_toy_vocabulary[] = { &peal_toy_description, &peal_toy_picture,
                                                   &peal_toy_transport,   &peal_toy_relay,
                                                   &peal_toy_info,        NULL };

static const struct {
  const char *jid, *bare;
} people[PEAL_N_WHO] = {
  [ALICE] = { "alice@one.test/desk", "alice@one.test" },
  [ALICE_PHONE] = { "alice@one.test/phone", "alice@one.test" },
  [BOB] = { "bob@two.test/desk", "bob@two.test" },
  [BOB_PHONE] = { "bob@two.test/phone", "bob@two.test" },
  [BOB_TABLET] = { "bob@two.test/tablet", "bob@two.test" },
  [CAROL] = { "carol@two.test/desk", "carol@two.test" },
};

const char *
peal_who_jid (PealWho who)
{
  return people[who].jid;
}

PealWho
peal_who_of (const char *jid)
{
  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    if (strcmp (people[who].jid, jid) == 0 || strcmp (people[who].bare, jid) == 0)
      return who;
  }
  return PEAL_N_WHO;
}

gboolean
peal_same_account (PealWho a, PealWho b)
{
  return strcmp (people[a].bare, people[b].bare) == 0;
}

/* --- time --- */

typedef struct {
  gint64 due;
  guint64 order;
  PealHappening happen;
  gpointer user;
  GDestroyNotify destroy; /* of what never happened */
} Event;

static gboolean
is_before (const Event *a, const Event *b)
{
  return a->due != b->due ? a->due < b->due : a->order < b->order;
}

static Event *
at (PealWorld *world, guint i)
{
  return &g_array_index (world->heap, Event, i);
}

static void
swap (Event *a, Event *b)
{
  Event c = *a;

  *a = *b;
  *b = c;
}

static void
add (PealWorld *world, Event event)
{
  event.order = world->order++;
  g_array_append_val (world->heap, event);
  for (guint i = world->heap->len - 1; i > 0 && is_before (at (world, i), at (world, (i - 1) / 2));
       i = (i - 1) / 2)
    swap (at (world, i), at (world, (i - 1) / 2));
}

void
peal_world_later (PealWorld *world, gint64 delay, PealHappening happen, gpointer user)
{
  add (world,
       (Event) {
           .due = world->now + MAX (delay, 0), .happen = happen, .user = user, .destroy = g_free });
}

void
peal_world_later_parcel (PealWorld *world, gint64 delay, PealHappening happen, PealParcel *parcel)
{
  add (world, (Event) { .due = world->now + MAX (delay, 0),
                        .happen = happen,
                        .user = parcel,
                        .destroy = (GDestroyNotify) peal_parcel_free });
}

static Event
take_next (PealWorld *world)
{
  Event next = *at (world, 0);
  guint n = world->heap->len - 1;

  *at (world, 0) = *at (world, n);
  g_array_set_size (world->heap, n);
  for (guint i = 0, child = 1; child < n; i = child, child = 2 * i + 1) {
    if (child + 1 < n && is_before (at (world, child + 1), at (world, child)))
      child++;
    if (!is_before (at (world, child), at (world, i)))
      break;
    swap (at (world, child), at (world, i));
  }
  return next;
}

static void
run_to (PealWorld *world, gint64 end)
{
  while (world->heap->len && at (world, 0)->due <= end) {
    Event event = take_next (world);
    world->now = event.due;
    event.happen (world, event.user);
    if (event.destroy == g_free)
      g_free (event.user);
  }
}

void
peal_world_run_until (PealWorld *world, guint ms)
{
  run_to (world, PEAL_MS (ms));
  world->now = PEAL_MS (ms);
}

/* Nothing in a call may wait longer than that, so a world that goes on has a machine that never
 * ends. */
#define LAST_DAY PEAL_SECONDS (3600)

void
peal_world_run (PealWorld *world)
{
  run_to (world, LAST_DAY);
  if (world->heap->len)
    g_error ("seed %" G_GUINT64_FORMAT ": the world does not end\n%s", world->seed,
             world->trace->str);
}

/* SplitMix64: small, and the same everywhere. */
guint
peal_world_chance (PealWorld *world, guint n)
{
  guint64 z = world->chance += 0x9E3779B97F4A7C15;

  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return (z ^ z >> 31) % n;
}

void
peal_world_note (PealWorld *world, const char *format, ...)
{
  va_list arguments;

  g_string_append_printf (world->trace, "%9.3f ", world->now / 1e6);
  va_start (arguments, format);
  g_string_append_vprintf (world->trace, format, arguments);
  va_end (arguments);
  g_string_append_c (world->trace, '\n');
}

/* --- making and freeing --- */

static void
clear_asked (gpointer asked)
{
  g_free (((PealAsked *) asked)->sid);
}

PealWorld *
peal_world_new (guint64 seed)
{
  PealWorld *world = g_new0 (PealWorld, 1);

  world->seed = world->chance = seed;
  world->heap = g_array_new (FALSE, FALSE, sizeof (Event));
  world->calls = g_ptr_array_new_with_free_func (g_free);
  world->stored = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_parcel_free);
  world->trace = g_string_new (NULL);
  world->contents = 1;
  world->iq_timeout = 30;
  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    PealDevice *device = &world->devices[who];
    device->world = world;
    device->who = who;
    device->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) peal_hands_free_call);
    device->asked = g_array_new (FALSE, FALSE, sizeof (PealAsked));
    g_array_set_clear_func (device->asked, clear_asked);
  }
  peal_world_present (world, ALICE);
  peal_world_present (world, BOB);
  return world;
}

void
peal_world_free (PealWorld *world)
{
  for (PealWho who = 0; who < PEAL_N_WHO; who++) {
    g_ptr_array_unref (world->devices[who].calls);
    g_array_unref (world->devices[who].asked);
  }
  for (guint i = 0; i < world->heap->len; i++)
    at (world, i)->destroy (at (world, i)->user);
  g_array_unref (world->heap);
  g_ptr_array_unref (world->calls);
  g_ptr_array_unref (world->stored);
  g_string_free (world->trace, TRUE);
  if (world->context)
    xmpp_ctx_free (world->context);
  g_free (world);
}

/* --- what tests set --- */

void
peal_world_delay (PealWorld *world, guint least, guint most)
{
  world->delay_least = least;
  world->delay_most = MAX (least, most);
}

void
peal_world_coded (PealWorld *world, gboolean coded)
{
  world->coded = coded;
  if (coded && !world->context)
    world->context = xmpp_ctx_new (NULL, NULL);
}

void
peal_world_present (PealWorld *world, PealWho who)
{
  peal_wire_online (&world->devices[who]);
}

void
peal_world_lose (PealWorld *world, guint thousandths)
{
  world->lose = thousandths;
}

void
peal_world_stores (PealWorld *world, gboolean stores)
{
  world->stores = stores;
}

PealPolicy *
peal_world_policy (PealWorld *world, PealWho who)
{
  return &world->devices[who].policy;
}

void
peal_world_iq_timeout (PealWorld *world, guint seconds)
{
  world->iq_timeout = seconds;
}

void
peal_world_contents (PealWorld *world, guint n)
{
  g_assert (n >= 1 && n <= PEAL_MAX_CONTENTS);
  world->contents = n;
}

/* --- cuts --- */

typedef struct {
  PealCut cut;
  guint outage;
} Outage;

static void
notice (PealWorld *world, gpointer user)
{
  const Outage *outage = user;
  PealDevice *device = &world->devices[outage->cut.who];

  if (device->outage != outage->outage || device->link != PEAL_LINK_GHOST)
    return;
  peal_world_note (world, "%s: the server noticed", peal_who_jid (device->who));
  device->link = device->killed ? PEAL_LINK_DEAD : PEAL_LINK_ABSENT;
}

static void
come_back (PealWorld *world, gpointer user)
{
  const Outage *outage = user;
  PealDevice *device = &world->devices[outage->cut.who];

  if (device->outage != outage->outage || device->killed)
    return;
  peal_world_note (world, "%s: back", peal_who_jid (device->who));
  peal_wire_online (device);
  peal_hands_forget_asked (device);
}

static void
break_off (PealWorld *world, gpointer user)
{
  const PealCut *cut = &((const Outage *) user)->cut;
  PealDevice *device = &world->devices[cut->who];

  if (device->link != PEAL_LINK_UP)
    return;
  peal_world_note (world, "%s: cut", peal_who_jid (device->who));
  if (cut->resumed) {
    device->paused_until = PEAL_MS (cut->until);
    return;
  }
  Outage outage = { *cut, ++device->outage };
  device->link = PEAL_LINK_GHOST;
  peal_world_later (world, PEAL_MS (cut->ghost), notice, g_memdup2 (&outage, sizeof outage));
  if (cut->until > cut->from)
    peal_world_later (world, PEAL_MS (cut->until - cut->from), come_back,
                      g_memdup2 (&outage, sizeof outage));
}

void
peal_world_cut (PealWorld *world, const PealCut *cut)
{
  Outage outage = { *cut, 0 };

  peal_world_later (world, PEAL_MS (cut->from) - world->now, break_off,
                    g_memdup2 (&outage, sizeof outage));
}

static void
die (PealWorld *world, gpointer user)
{
  const Outage *outage = user;
  PealDevice *device = &world->devices[outage->cut.who];

  device->killed = TRUE;
  g_ptr_array_set_size (device->calls, 0);
  g_array_set_size (device->asked, 0);
  break_off (world, user);
}

void
peal_world_kill (PealWorld *world, PealWho who, guint when)
{
  Outage outage = { { .who = who, .from = when, .ghost = 8000 }, 0 };

  peal_world_later (world, PEAL_MS (when) - world->now, die, g_memdup2 (&outage, sizeof outage));
}

/* --- what came of it --- */

const GPtrArray *
peal_world_calls (PealWorld *world)
{
  return world->calls;
}

guint
peal_world_unanswered (PealWorld *world)
{
  return world->unanswered;
}

void
peal_world_expect_changes (PealWorld *world, const char *sid, PealWho who, const char *changes)
{
  PealAccount account;

  g_assert_true (peal_world_account (world, who, sid, &account));
  if (strcmp (account.changes, changes) != 0)
    g_test_message ("%s", world->trace->str);
  g_assert_cmpstr (account.changes, ==, changes);
}

const char *
peal_world_trace (PealWorld *world)
{
  return world->trace->str;
}

gboolean
peal_world_account (PealWorld *world, PealWho who, const char *sid, PealAccount *account)
{
  PealSimCall *call = peal_hands_find (&world->devices[who], sid);

  if (!call)
    return FALSE;
  g_autoptr(GString) started = g_string_new (NULL);
  for (guint i = 0; i < PEAL_N_NAMES; i++) {
    if (call->started & 1u << i)
      g_string_append_printf (started, "%sc%u", started->len ? " " : "", i);
  }
  g_free (call->started_names);
  call->started_names = g_strdup (started->str);
  g_free (call->has);
  call->has = peal_sim_has (call);
  *account = (PealAccount) { .story = call->story->str,
                             .was_active = call->was_active,
                             .is_over = call->is_over,
                             .cause = call->cause,
                             .reason = call->reason,
                             .by = call->by,
                             .out_of_order = call->out_of_order,
                             .contents = call->started_names,
                             .changes = call->changes->str,
                             .has = call->has };
  return TRUE;
}

void
peal_world_expect (PealWorld *world, const char *sid, PealWho who, const char *story)
{
  PealAccount account = { .story = "(never heard of it)" };

  peal_world_account (world, who, sid, &account);
  if (strcmp (account.story, story) != 0)
    g_test_message ("%s's %s, seed %" G_GUINT64_FORMAT ":\n%s", peal_who_jid (who), sid,
                    world->seed, world->trace->str);
  g_assert_cmpstr (account.story, ==, story);
}
