/* A datagram channel: send datagrams into it, hear datagrams from it; filters stack on one another.
 *
 * ICE or UDP at the bottom, then demux (RFC 7983), DTLS, SRTP or SCTP. The upper end owns the
 * lower: freeing the top frees the stack. Datagrams that arrive before anyone listens are kept
 * (up to 8): the peer's first DTLS flight often beats our own set-up. All of it happens on one
 * PealLoop. */
// SPDX-License-Identifier: MIT
#pragma once

#include "transport/loop.h"

#define PEAL_CHANNEL_EARLY 8
#define PEAL_CHANNEL_MTU   1200 /* what a bottom channel takes unless it says otherwise */

typedef struct PealChannel PealChannel;

typedef enum {
  PEAL_CHANNEL_OPENING = 0, /* sends are dropped and counted; datagrams may already arrive */
  PEAL_CHANNEL_OPEN,        /* never goes back: a path that pauses stays open and drops */
  PEAL_CHANNEL_CLOSED,      /* for good; @why tells, NULL when it ended in order */
} PealChannelState;

typedef struct {
  const guint8 *data;
  gsize length;
} PealDatagram;

typedef struct {
  void (*state) (gpointer user, PealChannelState state, const GError *why);
  void (*datagram) (gpointer user, const guint8 *data, gsize length);
} PealChannelEvents;

/* What a kind of channel provides. */
typedef struct {
  const char *name;
  /* Sends @n datagrams in one call; returns how many were taken. */
  guint (*send) (PealChannel *channel, const PealDatagram *datagrams, guint n);
  /* Frees the kind's own part, and what is below it. */
  void (*free) (PealChannel *channel);
} PealChannelClass;

/* Embedded first in every kind of channel. */
struct PealChannel {
  const PealChannelClass *class_;
  PealChannel *below; /* owned; NULL at the bottom, and for branches of a demux */
  PealLoop *loop;
  PealChannelState state;
  guint mtu; /* largest datagram it takes, bytes */
  const PealChannelEvents *events;
  gpointer user;
  GError *why;                     /* of CLOSED */
  GQueue early;                    /* of GBytes: arrived before anyone listened */
  guint64 sent, received, dropped; /* datagrams */
};

/* For kinds: fills the embedded part, which is all zero. The mtu is that of @below, or
 * PEAL_CHANNEL_MTU. */
void peal_channel_init (PealChannel *channel, const PealChannelClass *class_, PealLoop *loop,
                        PealChannel *below);
/* For kinds: a datagram for whoever is above; kept if nobody is there yet. */
void peal_channel_deliver (PealChannel *channel, const guint8 *data, gsize length);
/* For kinds: the only place that changes channel->state; tells whoever is above. The state only
 * moves on; what is no change is not told. @why is copied. */
void peal_channel_enter (PealChannel *channel, PealChannelState state, const GError *why);

/* Listens; @events is borrowed. Hears the state at once when it is not OPENING, then early
 * datagrams. NULL ends. Like all below: on the channel's loop. */
void peal_channel_listen (PealChannel *channel, const PealChannelEvents *events, gpointer user);

/* Sends @n datagrams. Returns how many were taken; 0 when it is not open. */
guint peal_channel_send (PealChannel *channel, const PealDatagram *datagrams, guint n);

/* Frees @channel and all below it; NULL is left alone. Not from inside its own events. */
void peal_channel_free (PealChannel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealChannel, peal_channel_free)
