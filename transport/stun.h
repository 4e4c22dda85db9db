/* ICE's STUN on one component (RFC 8445 §7, RFC 7675): reads, answers, and makes checks.
 *
 * Bytes in, bytes out: it has no socket. The coding is libnice's own STUN library, so that a path
 * taken over from its agent speaks exactly as before. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/channel.h"

#include <sys/socket.h>

/* A USERNAME has up to 513 bytes (RFC 8489 §14.3), and an answer repeats it. */
#define PEAL_STUN_MAX 1024

typedef struct PealStun PealStun;

typedef struct {
  const char *local_ufrag, *local_pwd;
  const char *remote_ufrag, *remote_pwd;
  gboolean controlling;
  guint component;
} PealStunSetup;

/* Strings are copied; ufrags have at most 256 bytes (RFC 8445 §5.3). */
PealStun *peal_stun_new (const PealStunSetup *setup);
void peal_stun_free (PealStun *stun);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealStun, peal_stun_free)

typedef enum {
  PEAL_STUN_NOT = 0, /* not STUN: data for the layers above */
  PEAL_STUN_STRANGE, /* STUN, but nothing for us: an indication, an answer nobody waits for */
  PEAL_STUN_REFUSED, /* a request without the right credentials; .reply says so */
  PEAL_STUN_REQUEST, /* an authentic check of the peer; .reply must go back where it came from */
  PEAL_STUN_ANSWER,  /* an authentic answer to one of our checks */
} PealStunKind;

typedef struct {
  gboolean nominates; /* REQUEST: the controlling peer wants this pair (RFC 8445 §7.3.1.5) */
  gint64 rtt;         /* ANSWER: µs since the check left */
  gsize reply_length; /* 0: nothing to send */
  guint8 reply[PEAL_STUN_MAX];
} PealStunReading;

/* Whether the first bytes say STUN (RFC 7983 §7 and the magic cookie of RFC 8489 §5). */
gboolean peal_stun_looks (const guint8 *data, gsize length);

/* Reads a datagram that came from @from. @now is g_get_monotonic_time. */
PealStunKind peal_stun_read (PealStun *stun, const PealDatagram *datagram,
                             const struct sockaddr_storage *from, gint64 now,
                             PealStunReading *reading);

/* Writes a check into @buffer of PEAL_STUN_MAX bytes. Returns its length. The controlling side
 * nominates with each: it repeats what was agreed. */
gsize peal_stun_check (PealStun *stun, guint8 *buffer, gint64 now);
