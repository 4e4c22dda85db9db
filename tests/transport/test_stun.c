/* Two ends of a pair ask each other for consent; strangers and garbage get nowhere. */
// SPDX-License-Identifier: MIT
#include "transport/stun.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stun/stunagent.h>
#include <string.h>

#define SECOND G_USEC_PER_SEC

static const PealStunSetup alice_setup = {
  .local_ufrag = "aaaa",
  .local_pwd = "alice-password-0123456789",
  .remote_ufrag = "bb+/",
  .remote_pwd = "bob-password-0123456789ab",
  .controlling = TRUE,
  .component = 1,
};
static const PealStunSetup bob_setup = {
  .local_ufrag = "bb+/",
  .local_pwd = "bob-password-0123456789ab",
  .remote_ufrag = "aaaa",
  .remote_pwd = "alice-password-0123456789",
  .controlling = FALSE,
  .component = 1,
};

static struct sockaddr_storage
address (const char *ip, guint16 port)
{
  struct sockaddr_storage storage = { 0 };
  struct sockaddr_in *in = (struct sockaddr_in *) &storage;

  in->sin_family = AF_INET;
  in->sin_port = htons (port);
  g_assert_cmpint (inet_pton (AF_INET, ip, &in->sin_addr), ==, 1);
  return storage;
}

static PealStunKind
read_at (PealStun *stun, const guint8 *data, gsize length, gint64 now, PealStunReading *reading)
{
  struct sockaddr_storage from = address ("192.0.2.7", 4000);

  return peal_stun_read (stun, &(PealDatagram) { data, length }, &from, now, reading);
}

static void
check_is_answered (void)
{
  g_autoptr(PealStun) alice = peal_stun_new (&alice_setup);
  g_autoptr(PealStun) bob = peal_stun_new (&bob_setup);
  guint8 check[PEAL_STUN_MAX];
  PealStunReading at_bob, at_alice;

  gsize length = peal_stun_check (alice, check, 10 * SECOND);
  g_assert_true (peal_stun_looks (check, length));
  g_assert_cmpint (read_at (bob, check, length, 0, &at_bob), ==, PEAL_STUN_REQUEST);
  g_assert_true (at_bob.nominates); /* Alice controls */
  g_assert_cmpint (
      read_at (alice, at_bob.reply, at_bob.reply_length, 10 * SECOND + 7000, &at_alice), ==,
      PEAL_STUN_ANSWER);
  g_assert_cmpint (at_alice.rtt, ==, 7000);
  /* Heard twice, it counts once. */
  g_assert_cmpint (read_at (alice, at_bob.reply, at_bob.reply_length, 11 * SECOND, &at_alice), ==,
                   PEAL_STUN_STRANGE);

  length = peal_stun_check (bob, check, 10 * SECOND);
  g_assert_cmpint (read_at (alice, check, length, 0, &at_alice), ==, PEAL_STUN_REQUEST);
  g_assert_false (at_alice.nominates);
}

static void
long_ufrags_fit (void)
{
  g_autofree char *long_ufrag = g_strnfill (256, 'u');
  PealStunSetup near = alice_setup, far = bob_setup;

  near.local_ufrag = near.remote_ufrag = far.local_ufrag = far.remote_ufrag = long_ufrag;
  g_autoptr(PealStun) alice = peal_stun_new (&near);
  g_autoptr(PealStun) bob = peal_stun_new (&far);
  guint8 check[PEAL_STUN_MAX];
  PealStunReading at_bob, at_alice;

  gsize length = peal_stun_check (alice, check, SECOND);
  g_assert_cmpint (read_at (bob, check, length, SECOND, &at_bob), ==, PEAL_STUN_REQUEST);
  g_assert_cmpint (read_at (alice, at_bob.reply, at_bob.reply_length, SECOND, &at_alice), ==,
                   PEAL_STUN_ANSWER);
}

static void
strangers_are_refused (void)
{
  PealStunSetup wrong = alice_setup;
  wrong.remote_pwd = "not-the-password-of-bob-at-all";
  g_autoptr(PealStun) mallory = peal_stun_new (&wrong);
  g_autoptr(PealStun) bob = peal_stun_new (&bob_setup);
  guint8 check[PEAL_STUN_MAX];
  PealStunReading at_bob, at_mallory;

  gsize length = peal_stun_check (mallory, check, SECOND);
  g_assert_cmpint (read_at (bob, check, length, SECOND, &at_bob), ==, PEAL_STUN_REFUSED);
  g_assert_cmpuint (at_bob.reply_length, >, 0);
  g_assert_cmpint (read_at (mallory, at_bob.reply, at_bob.reply_length, SECOND, &at_mallory), ==,
                   PEAL_STUN_STRANGE);

  wrong = alice_setup;
  wrong.remote_ufrag = "else";
  g_autoptr(PealStun) lost = peal_stun_new (&wrong);
  length = peal_stun_check (lost, check, SECOND);
  g_assert_cmpint (read_at (bob, check, length, SECOND, &at_bob), ==, PEAL_STUN_REFUSED);
}

/* A success response to @check as someone would make it who saw it but has another password. */
static gsize
forge_answer (const guint8 *check, gsize length, const char *password, guint8 *answer)
{
  StunAgent agent;
  StunMessage request, reply;
  struct sockaddr_storage from = address ("192.0.2.7", 4000);

  stun_agent_init (&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_IGNORE_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
  g_assert_cmpint (stun_agent_validate (&agent, &request, check, length, NULL, NULL), ==,
                   STUN_VALIDATION_SUCCESS);
  g_assert_true (stun_agent_init_response (&agent, &reply, answer, PEAL_STUN_MAX, &request));
  g_assert_cmpint (stun_message_append_xor_addr (&reply, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, &from,
                                                 sizeof (struct sockaddr_in)),
                   ==, STUN_MESSAGE_RETURN_SUCCESS);
  return stun_agent_finish_message (&agent, &reply, (const uint8_t *) password,
                                    password ? strlen (password) : 0);
}

static void
forged_answer_counts_nothing (void)
{
  static const char *const passwords[] = { "guessed-password-0123456789", NULL,
                                           "bob-password-0123456789ab" };

  for (guint i = 0; i < G_N_ELEMENTS (passwords); i++) {
    g_autoptr(PealStun) alice = peal_stun_new (&alice_setup);
    guint8 check[PEAL_STUN_MAX], answer[PEAL_STUN_MAX];
    PealStunReading reading;
    gsize length = peal_stun_check (alice, check, SECOND);
    gsize forged = forge_answer (check, length, passwords[i], answer);

    /* The last one is Bob's own: the forger's only mistake is the password. */
    g_assert_cmpint (read_at (alice, answer, forged, SECOND, &reading), ==,
                     i == 2 ? PEAL_STUN_ANSWER : PEAL_STUN_STRANGE);
  }
}

/* Whoever overheard a check answers first, with an error that needs no password: the real answer
 * counts all the same. */
static void
a_forged_error_ends_no_check (void)
{
  static const StunError codes[] = { STUN_ERROR_BAD_REQUEST,   STUN_ERROR_UNAUTHORIZED,
                                     STUN_ERROR_STALE_NONCE,   STUN_ERROR_TRY_ALTERNATE,
                                     STUN_ERROR_ROLE_CONFLICT, STUN_ERROR_SERVER_ERROR };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++) {
    g_autoptr(PealStun) alice = peal_stun_new (&alice_setup);
    guint8 check[PEAL_STUN_MAX], answer[PEAL_STUN_MAX];
    PealStunReading reading;
    StunAgent agent;
    StunMessage request, error;
    gsize length = peal_stun_check (alice, check, SECOND);

    stun_agent_init (&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                     STUN_AGENT_USAGE_IGNORE_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
    g_assert_cmpint (stun_agent_validate (&agent, &request, check, length, NULL, NULL), ==,
                     STUN_VALIDATION_SUCCESS);
    g_assert_true (
        stun_agent_init_error (&agent, &error, answer, sizeof answer, &request, codes[i]));
    gsize forged = stun_agent_finish_message (&agent, &error, NULL, 0);
    g_assert_cmpuint (forged, >, 0);
    g_assert_cmpint (read_at (alice, answer, forged, SECOND, &reading), ==, PEAL_STUN_STRANGE);
    forged = forge_answer (check, length, alice_setup.remote_pwd, answer);
    g_assert_cmpint (read_at (alice, answer, forged, SECOND, &reading), ==, PEAL_STUN_ANSWER);
  }
}

static void
data_is_not_stun (void)
{
  g_autoptr(PealStun) bob = peal_stun_new (&bob_setup);
  guint8 rtp[172] = { 0x80, 111 };
  guint8 dtls[64] = { 22, 0xfe, 0xfd };
  PealStunReading reading;

  g_assert_cmpint (read_at (bob, rtp, sizeof rtp, 0, &reading), ==, PEAL_STUN_NOT);
  g_assert_cmpint (read_at (bob, dtls, sizeof dtls, 0, &reading), ==, PEAL_STUN_NOT);
  g_assert_cmpint (read_at (bob, rtp, 0, 0, &reading), ==, PEAL_STUN_NOT);
}

/* Whatever a check is turned into, it is read to its end and answered at most with an error. */
static void
garbage_is_survived (void)
{
  g_autoptr(PealStun) alice = peal_stun_new (&alice_setup);
  g_autoptr(PealStun) bob = peal_stun_new (&bob_setup);
  guint32 seed = 4711;
  g_autoptr(GRand) random = g_rand_new_with_seed (seed);
  guint8 check[PEAL_STUN_MAX];
  guint requests = 0;

  g_test_message ("seed %u", seed);
  for (int i = 0; i < 20000; i++) {
    PealStunReading reading;
    gsize length = peal_stun_check (alice, check, SECOND);
    int flips = g_rand_int_range (random, 1, 4);
    while (flips--)
      check[g_rand_int_range (random, 0, (gint) length)] ^= 1 << g_rand_int_range (random, 0, 8);
    if (g_rand_boolean (random))
      length = (gsize) g_rand_int_range (random, 0, (gint) length);
    g_autofree guint8 *exact = g_memdup2 (check, length); /* so that ASan sees one byte too far */
    requests += read_at (bob, exact, length, SECOND, &reading) == PEAL_STUN_REQUEST;
  }
  /* Flips may cancel each other out; nothing else passes the integrity check. */
  g_assert_cmpuint (requests, <, 200);
}

static void
more_checks_than_remembered (void)
{
  g_autoptr(PealStun) alice = peal_stun_new (&alice_setup);
  guint8 check[PEAL_STUN_MAX];

  /* libnice's agent would have no room after 200 unanswered ones. */
  for (int i = 0; i < 1000; i++)
    g_assert_cmpuint (peal_stun_check (alice, check, SECOND + i), >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stun/check-is-answered", check_is_answered);
  g_test_add_func ("/stun/long-ufrags-fit", long_ufrags_fit);
  g_test_add_func ("/stun/strangers-are-refused", strangers_are_refused);
  g_test_add_func ("/stun/forged-answer", forged_answer_counts_nothing);
  g_test_add_func ("/stun/a-forged-error-ends-no-check", a_forged_error_ends_no_check);
  g_test_add_func ("/stun/data-is-not-stun", data_is_not_stun);
  g_test_add_func ("/stun/garbage-is-survived", garbage_is_survived);
  g_test_add_func ("/stun/more-checks-than-remembered", more_checks_than_remembered);
  return g_test_run ();
}
