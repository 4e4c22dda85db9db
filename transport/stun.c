/* ICE's STUN on one component; see stun.h. */
// SPDX-License-Identifier: MIT
#include "transport/stun.h"

#include <netinet/in.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>
#include <string.h>

#define HEADER    20 /* RFC 8489 §5 */
#define IN_FLIGHT 32 /* at one check each 500 ms this remembers 16 s */

typedef struct {
  StunTransactionId id;
  gint64 sent_at; /* 0: free */
} Check;

struct PealStun {
  StunAgent agent;
  char *local_ufrag, *local_pwd, *remote_pwd;
  char *greeting; /* USERNAME of our checks: theirs, a colon, ours (RFC 8445 §7.2.2) */
  bool controlling;
  guint32 priority;
  guint64 tie;
  Check checks[IN_FLIGHT];
  guint next;
};

PealStun *
peal_stun_new (const PealStunSetup *setup)
{
  g_autoptr(PealStun) stun = g_new0 (PealStun, 1);

  g_assert (strlen (setup->local_ufrag) <= 256 && strlen (setup->remote_ufrag) <= 256);
  stun_agent_init (&stun->agent, STUN_ALL_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
  stun->local_ufrag = g_strdup (setup->local_ufrag);
  stun->local_pwd = g_strdup (setup->local_pwd);
  stun->remote_pwd = g_strdup (setup->remote_pwd);
  stun->greeting = g_strdup_printf ("%s:%s", setup->remote_ufrag, setup->local_ufrag);
  stun->controlling = setup->controlling;
  /* RFC 8445 §7.1.1: what a peer-reflexive candidate learnt from this check would have. */
  stun->priority = 110u << 24 | 65535u << 8 | (256 - setup->component);
  stun->tie = (guint64) g_random_int () << 32 | g_random_int ();
  return g_steal_pointer (&stun);
}

void
peal_stun_free (PealStun *stun)
{
  g_free (stun->local_ufrag);
  g_free (stun->local_pwd);
  g_free (stun->remote_pwd);
  g_free (stun->greeting);
  g_free (stun);
}

gboolean
peal_stun_looks (const guint8 *data, gsize length)
{
  static const guint8 cookie[] = { 0x21, 0x12, 0xa4, 0x42 };

  return length >= HEADER && data[0] < 4 && memcmp (data + 4, cookie, sizeof cookie) == 0;
}

/* RFC 8445 §7.3: the check's USERNAME begins with our ufrag and a colon. */
static bool
password_of (StunAgent *agent, StunMessage *message, uint8_t *username, uint16_t username_length,
             uint8_t **password, size_t *password_length, void *user)
{
  PealStun *stun = user;
  gsize length = strlen (stun->local_ufrag);

  if (!username || username_length <= length || username[length] != ':' ||
      memcmp (username, stun->local_ufrag, length) != 0)
    return false;
  *password = (uint8_t *) stun->local_pwd;
  *password_length = strlen (stun->local_pwd);
  return true;
}

static PealStunKind
refuse (PealStun *stun, const StunMessage *request, StunError code, PealStunReading *reading)
{
  StunMessage reply;

  if (stun_agent_init_error (&stun->agent, &reply, reading->reply, sizeof reading->reply, request,
                             code))
    reading->reply_length = stun_agent_finish_message (&stun->agent, &reply, NULL, 0);
  return PEAL_STUN_REFUSED;
}

static PealStunKind
read_request (PealStun *stun, StunMessage *request, const struct sockaddr_storage *from,
              PealStunReading *reading)
{
  StunMessage reply;
  gsize length = sizeof reading->reply;
  socklen_t from_length =
      from->ss_family == AF_INET6 ? sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in);

  StunUsageIceReturn answer = stun_usage_ice_conncheck_create_reply (
      &stun->agent, request, &reply, reading->reply, &length, from, from_length, &stun->controlling,
      stun->tie, STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
  reading->reply_length = length;
  if (answer != STUN_USAGE_ICE_RETURN_SUCCESS && answer != STUN_USAGE_ICE_RETURN_ROLE_CONFLICT)
    return PEAL_STUN_REFUSED;
  reading->nominates = !stun->controlling && stun_usage_ice_conncheck_use_candidate (request);
  return PEAL_STUN_REQUEST;
}

/* When the check with this answer left; 0: it is not one of ours. Each counts once. */
static gint64
settle (PealStun *stun, const StunMessage *answer)
{
  StunTransactionId id;

  stun_message_id (answer, id);
  for (guint i = 0; i < IN_FLIGHT; i++) {
    Check *check = &stun->checks[i];
    if (check->sent_at && memcmp (check->id, id, sizeof id) == 0) {
      gint64 sent_at = check->sent_at;
      check->sent_at = 0;
      return sent_at;
    }
  }
  return 0;
}

/* RFC 8489 §9.1.5 lets 400 and 401 come without integrity, and libnice's agent takes them for the
 * answer: whoever overheard a check could end its transaction before the real answer comes. They
 * have nothing to tell us. */
static gboolean
is_hearsay (const guint8 *data, gsize length)
{
  const guint error_response = 0x0111;
  StunMessage message = { .buffer = (guint8 *) data, .buffer_len = length };
  int code;

  if ((guint) (data[0] << 8 | data[1]) != error_response)
    return FALSE;
  if (stun_message_validate_buffer_length (data, length, TRUE) != (int) length)
    return TRUE;
  return stun_message_find_error (&message, &code) != STUN_MESSAGE_RETURN_SUCCESS ||
         code != STUN_ERROR_ROLE_CONFLICT;
}

static PealStunKind
read_answer (PealStun *stun, StunMessage *answer, gint64 now, PealStunReading *reading)
{
  struct sockaddr_storage mapped;
  socklen_t length = sizeof mapped;
  gint64 sent_at = settle (stun, answer);
  StunUsageIceReturn said = stun_usage_ice_conncheck_process (answer, &mapped, &length,
                                                              STUN_USAGE_ICE_COMPATIBILITY_RFC5245);

  /* RFC 8445 §7.2.5.1: whoever is told 487 changes sides. */
  if (said == STUN_USAGE_ICE_RETURN_ROLE_CONFLICT)
    stun->controlling = !stun->controlling;
  if (sent_at == 0 || said != STUN_USAGE_ICE_RETURN_SUCCESS)
    return PEAL_STUN_STRANGE;
  reading->rtt = now - sent_at;
  return PEAL_STUN_ANSWER;
}

PealStunKind
peal_stun_read (PealStun *stun, const PealDatagram *datagram, const struct sockaddr_storage *from,
                gint64 now, PealStunReading *reading)
{
  StunMessage message = { 0 };

  reading->nominates = FALSE;
  reading->rtt = 0;
  reading->reply_length = 0;
  if (!peal_stun_looks (datagram->data, datagram->length))
    return PEAL_STUN_NOT;
  if (datagram->length > PEAL_STUN_MAX || is_hearsay (datagram->data, datagram->length))
    return PEAL_STUN_STRANGE;

  StunValidationStatus status = stun_agent_validate (&stun->agent, &message, datagram->data,
                                                     datagram->length, password_of, stun);
  if (status == STUN_VALIDATION_NOT_STUN || status == STUN_VALIDATION_INCOMPLETE_STUN ||
      status == STUN_VALIDATION_BAD_REQUEST || status == STUN_VALIDATION_UNMATCHED_RESPONSE)
    return PEAL_STUN_STRANGE;

  StunClass class_ = stun_message_get_class (&message);
  gboolean binding = stun_message_get_method (&message) == STUN_BINDING;
  if (class_ == STUN_REQUEST && status == STUN_VALIDATION_UNAUTHORIZED)
    return refuse (stun, &message, STUN_ERROR_UNAUTHORIZED, reading);
  if (class_ == STUN_REQUEST && status == STUN_VALIDATION_UNAUTHORIZED_BAD_REQUEST)
    return refuse (stun, &message, STUN_ERROR_BAD_REQUEST, reading);
  if (class_ == STUN_REQUEST && status == STUN_VALIDATION_SUCCESS && binding)
    return read_request (stun, &message, from, reading);
  if ((class_ == STUN_RESPONSE || class_ == STUN_ERROR) && status == STUN_VALIDATION_SUCCESS &&
      binding)
    return read_answer (stun, &message, now, reading);
  return PEAL_STUN_STRANGE;
}

gsize
peal_stun_check (PealStun *stun, guint8 *buffer, gint64 now)
{
  StunMessage message;
  Check *check = &stun->checks[stun->next];

  /* The agent remembers what it waits for, and has room for 200: the oldest makes room. */
  if (check->sent_at)
    stun_agent_forget_transaction (&stun->agent, check->id);
  gsize length = stun_usage_ice_conncheck_create (
      &stun->agent, &message, buffer, PEAL_STUN_MAX, (const uint8_t *) stun->greeting,
      strlen (stun->greeting), (const uint8_t *) stun->remote_pwd, strlen (stun->remote_pwd),
      stun->controlling, stun->controlling, stun->priority, stun->tie, NULL,
      STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
  g_assert (length > 0); /* a buffer of ours that is too small */
  stun_message_id (&message, check->id);
  check->sent_at = now;
  stun->next = (stun->next + 1) % IN_FLIGHT;
  return length;
}
