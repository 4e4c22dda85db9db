/* Fuzzes what ICE's STUN reads: requests of a peer and of strangers, and answers to our checks.
 *
 * An input is datagrams, each with a byte of wishes before it: that it be an answer to our last
 * check, that it carry a correct integrity and fingerprint, so that inputs get past the guard. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include <netinet/in.h>
#include <stun/stunagent.h>

#include "transport/stun.h"

#define LOCAL_PWD  "alice-password-0123456789"
#define REMOTE_PWD "bob-password-0123456789ab"

enum {
  WISH_ANSWER = 1,    /* has the id of our last check */
  WISH_INTEGRITY = 2, /* and is made authentic: with our password, or as an answer with theirs */
  WISH_CHECK = 4,     /* another check leaves first */
  WISH_IPV6 = 8,
};

typedef struct {
  PealStun *stun;
  guint8 check[PEAL_STUN_MAX];
  gint64 now;
} World;

/* Makes the attributes in @bytes (@length of them behind a header) an authentic message; returns
 * its length. */
static gsize
authenticate (guint8 *bytes, gsize length, gsize room, const char *password)
{
  StunAgent agent;
  StunMessage message = { .agent = &agent, .buffer = bytes, .buffer_len = room };

  stun_agent_init (&agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
  bytes[2] = (guint8) ((length - 20) >> 8);
  bytes[3] = (guint8) (length - 20);
  gsize done =
      stun_agent_finish_message (&agent, &message, (const uint8_t *) password, strlen (password));
  return done ? done : length;
}

static void
check_reading (PealStunKind kind, const PealStunReading *reading)
{
  g_assert_cmpuint (reading->reply_length, <=, sizeof reading->reply);
  g_assert_true (!reading->reply_length || peal_stun_looks (reading->reply, reading->reply_length));
  g_assert_true (kind == PEAL_STUN_REQUEST || !reading->nominates);
  g_assert_true (kind == PEAL_STUN_REQUEST || kind == PEAL_STUN_REFUSED || !reading->reply_length);
  g_assert_cmpint (reading->rtt, >=, 0);
}

static void
hear (World *world, guint wishes, FuzzInput piece)
{
  g_autofree guint8 *data = g_malloc0 (piece.size + 64);
  gsize length = piece.size;
  struct sockaddr_storage from = { .ss_family = wishes & WISH_IPV6 ? AF_INET6 : AF_INET };
  PealStunReading reading;

  if (length)
    memcpy (data, piece.data, length);
  if (wishes & WISH_CHECK)
    peal_stun_check (world->stun, world->check, world->now);
  if (length >= 20 && wishes & (WISH_ANSWER | WISH_INTEGRITY)) {
    memcpy (data + 4, world->check + 4, wishes & WISH_ANSWER ? 16 : 4);
    data[0] &= 3;
  }
  if (length >= 20 && wishes & WISH_INTEGRITY)
    length = authenticate (data, length & ~(gsize) 3, piece.size + 64,
                           wishes & WISH_ANSWER ? REMOTE_PWD : LOCAL_PWD);
  /* In a buffer of its own size: the sanitizer sees a read past its end. */
  g_autofree guint8 *exact = fuzz_copy ((FuzzInput) { data, length });
  PealDatagram datagram = { exact, length };
  PealStunKind kind = peal_stun_read (world->stun, &datagram, &from, world->now, &reading);
  check_reading (kind, &reading);
  g_assert_true ((kind == PEAL_STUN_NOT) == !peal_stun_looks (exact, length));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  World world = { .now = G_USEC_PER_SEC };

  world.stun = peal_stun_new (&(PealStunSetup) {
      .local_ufrag = "aaaa",
      .local_pwd = LOCAL_PWD,
      .remote_ufrag = "bb+/",
      .remote_pwd = REMOTE_PWD,
      .controlling = fuzz_u8 (&input) & 1,
      .component = 1,
  });
  peal_stun_check (world.stun, world.check, world.now);
  while (input.size) {
    guint wishes = fuzz_u8 (&input);
    world.now += 1000;
    hear (&world, wishes, fuzz_take (&input, fuzz_u16 (&input)));
  }
  peal_stun_free (world.stun);
  return 0;
}
