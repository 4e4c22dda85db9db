/* Fuzzes one session machine (XEP-0166) with messages, answers, buttons and time in any order.
 *
 * An input is a byte for each thing that happens, and what it needs. Each message gets one answer;
 * a content is opened before anything else is told of it, and stopped once; a session that goes on
 * has contents; and time alone brings every request to its end. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "tests/sim/world_inner.h"

enum {
  HEAR,
  ANSWER,
  SILENCE,
  WAIT,
  ACCEPT,
  ADD,
  TAKE,
  REJECT,
  REMOVE,
  MODIFY,
  DESCRIBE,
  REPLACE,
  TAKE_TRANSPORT,
  REJECT_TRANSPORT,
  CANDIDATE,
  TERMINATE,
  N_EVENTS
};

typedef struct {
  FuzzInput input;
  PealSession *session;
  gint64 now;
  guint tokens;  /* the last one seen */
  guint open;    /* contents that the endpoint has, a bit a name */
  guint replies; /* to the message of now */
} World;

/* --- what there is --- */

static guint
name_of (guint byte)
{
  return byte % 4;
}

static char *
word_of (guint name)
{
  return g_strdup_printf ("c%u", name);
}

static PealOpen *
any_open (FuzzInput *input, const PealElement *one, const PealElement *other)
{
  guint byte = fuzz_u8 (input);
  const PealElement *element = byte & 1 ? other : one;
  PealOpen *open;

  if (byte % 8 == 7)
    return NULL;
  if (byte % 8 == 6) {
    open = peal_open_new_empty (element->name, element->ns);
    open->flaw = byte & 64 ? g_strdup ("flawed") : NULL;
    return open;
  }
  return peal_open_new (element, peal_element_new (element));
}

static PealContent *
any_content (FuzzInput *input)
{
  PealContent *content = peal_element_new (&peal_content_element);
  guint byte = fuzz_u8 (input);

  content->name = word_of (name_of (byte));
  content->creator = byte >> 2 & 3 ? (byte >> 2 & 3) % 3 : PEAL_CREATOR_INITIATOR;
  content->senders = (byte >> 4) % 5;
  content->description = any_open (input, &peal_toy_description, &peal_toy_picture);
  content->transport = any_open (input, &peal_toy_transport, &peal_toy_relay);
  return content;
}

/* One that may be ours: with both parts. */
static PealContent *
our_content (guint byte)
{
  PealContent *content = peal_element_new (&peal_content_element);
  const PealElement *application = byte & 4 ? &peal_toy_picture : &peal_toy_description;

  content->name = word_of (name_of (byte));
  content->senders = (byte >> 4) % 5;
  content->description = peal_open_new (application, peal_element_new (application));
  content->transport = peal_open_new (&peal_toy_transport, peal_element_new (&peal_toy_transport));
  return content;
}

static PealJingle *
any_message (FuzzInput *input, PealJingleAction action)
{
  PealJingle *message = peal_element_new (&peal_jingle_element);

  message->action = action;
  message->sid = g_strdup ("s1");
  for (guint n = fuzz_u8 (input) % 4; n > 0; n--)
    peal_list_append (&message->contents, any_content (input));
  return message;
}

/* --- what comes of it --- */

static void
carry_out (World *world, const PealAction *action)
{
  guint bit = 1u << name_of ((guint) action->content->name[1] - '0');

  if (action->what == PEAL_CONTENT_OPEN) {
    g_assert_false (world->open & bit);
    world->open |= bit;
    return;
  }
  /* The end of a content-remove that was refused is told when its content is long gone. */
  g_assert_true (world->open & bit || action->refused == PEAL_CONTENT_REMOVE);
  /* A content of our own books, not of a message, has both parts. */
  if (action->what == PEAL_CONTENT_START || action->what == PEAL_CONTENT_STOP)
    g_assert_true (action->content->transport && action->content->description);
  if (action->what == PEAL_CONTENT_STOP)
    world->open &= ~bit;
}

static void
drain (World *world)
{
  PealAction action;

  while (peal_session_poll (world->session, &action)) {
    if (action.kind == PEAL_ACTION_REPLY)
      world->replies++;
    else if (action.kind == PEAL_ACTION_SEND)
      world->tokens = action.token;
    else if (action.kind == PEAL_ACTION_CONTENT)
      carry_out (world, &action);
    peal_action_clear (&action);
  }
  g_assert_true (!world->open == (peal_session_state (world->session) >= PEAL_SESSION_ENDING));
}

static void
hear (World *world)
{
  g_autoptr(PealJingle) message =
      any_message (&world->input, fuzz_u8 (&world->input) % PEAL_N_JINGLE_ACTIONS);

  world->replies = 0;
  peal_session_receive (world->session, message, NULL, world->now);
  drain (world);
  g_assert_cmpuint (world->replies, ==, 1);
}

static void
hear_answer (World *world, gboolean silence)
{
  guint back = fuzz_u8 (&world->input);
  PealCondition condition =
      back & 1 ? PEAL_CONDITION_NONE : fuzz_u8 (&world->input) % PEAL_N_CONDITIONS;

  back = back >> 1 & 7;
  if (back < world->tokens)
    peal_session_result (world->session, world->tokens - back, condition, silence, world->now);
}

static void
offer (World *world)
{
  GPtrArray *contents = NULL;

  for (guint n = fuzz_u8 (&world->input) % 3; n > 0; n--) {
    PealContent *content = our_content (fuzz_u8 (&world->input));
    peal_list_append (&contents, content);
  }
  if (!peal_session_add (world->session, contents, NULL, world->now))
    return;
  /* What is told of them follows; the array is the message's, which waits in the queue. */
  for (guint i = 0; i < contents->len; i++)
    world->open |= 1u << name_of ((guint) ((PealContent *) contents->pdata[i])->name[1] - '0');
}

static void
accept (World *world)
{
  GPtrArray *contents = NULL;

  for (guint n = 1 + fuzz_u8 (&world->input) % 3; n > 0; n--)
    peal_list_append (&contents, our_content (fuzz_u8 (&world->input)));
  peal_session_accept (world->session, contents, NULL, world->now);
}

static PealOpen *
any_transport (guint byte)
{
  const PealElement *transport = byte & 8 ? &peal_toy_relay : &peal_toy_transport;

  return peal_open_new (transport, peal_element_new (transport));
}

static void
press (World *world, guint event)
{
  PealSession *session = world->session;
  guint byte = fuzz_u8 (&world->input);
  g_autofree char *name = word_of (name_of (byte));

  switch (event) {
  case TAKE:
    peal_session_accept_content (session, our_content (byte), world->now);
    break;
  case REJECT:
    peal_session_reject_content (session, name, PEAL_REASON_DECLINE, world->now);
    break;
  case REMOVE:
    peal_session_remove (session, name, PEAL_REASON_SUCCESS, world->now);
    break;
  case MODIFY:
    peal_session_modify (session, name, (byte >> 4) % 5, world->now);
    break;
  case DESCRIBE:
    peal_session_describe (
        session, name,
        peal_open_new (&peal_toy_description, peal_element_new (&peal_toy_description)),
        world->now);
    break;
  case REPLACE:
    peal_session_replace (session, name, any_transport (byte), world->now);
    break;
  case TAKE_TRANSPORT:
    peal_session_accept_transport (session, name, any_transport (byte), world->now);
    break;
  case REJECT_TRANSPORT:
    peal_session_reject_transport (session, name, world->now);
    break;
  case CANDIDATE:
    peal_session_transport_info (session, name, peal_toy_candidate (byte), world->now);
    break;
  default:
    peal_session_terminate (session, PEAL_REASON_SUCCESS, NULL, PEAL_CAUSE_SUCCESS, world->now);
  }
}

static void
happen (World *world, guint event)
{
  switch (event) {
  case HEAR:
    hear (world);
    break;
  case ANSWER:
  case SILENCE:
    hear_answer (world, event == SILENCE);
    break;
  case WAIT:
    world->now += fuzz_u8 (&world->input) * (gint64) G_USEC_PER_SEC;
    peal_session_tick (world->session, world->now);
    break;
  case ACCEPT:
    accept (world);
    break;
  case ADD:
    offer (world);
    break;
  default:
    press (world, event);
  }
  drain (world);
}

static gboolean
begin (World *world)
{
  const PealSessionSetup setup = { .sid = "s1", .self = "a@x/1", .peer = "b@x/2" };
  guint byte = fuzz_u8 (&world->input);

  if (byte & 1) {
    GPtrArray *contents = NULL;
    for (guint name = 0; name <= (byte >> 1) % 3; name++) {
      peal_list_append (&contents, our_content (name | (byte & 4)));
      world->open |= 1u << name;
    }
    world->session = peal_session_new_outgoing (&setup, contents, NULL);
  } else {
    g_autoptr(PealJingle) initiate = any_message (&world->input, PEAL_SESSION_INITIATE);
    world->session = peal_session_new_incoming (&setup, initiate, NULL);
  }
  drain (world);
  return peal_session_state (world->session) < PEAL_SESSION_ENDED;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  World world = { .input = { data, size } };
  gboolean alive = begin (&world);

  while (alive && world.input.size)
    happen (&world, fuzz_u8 (&world.input) % N_EVENTS);

  /* Nobody says anything any more. */
  for (guint n = 0; peal_session_deadline (world.session) < G_MAXINT64; n++) {
    g_assert_cmpuint (n, <, 1000);
    world.now = MAX (world.now, peal_session_deadline (world.session));
    peal_session_tick (world.session, world.now);
    drain (&world);
  }
  PealSessionState state = peal_session_state (world.session);
  g_assert_true (state == PEAL_SESSION_ACTIVE || state == PEAL_SESSION_ENDED);
  peal_session_free (world.session);
  return 0;
}
