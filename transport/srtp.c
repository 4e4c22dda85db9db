/* SRTP (RFC 3711, RFC 7714) as a filter: RTP and RTCP in clear above, protected below. */
// SPDX-License-Identifier: MIT
#include "transport/srtp.h"

#include "signaling/event.h"
#include "transport/demux.h"

#include <srtp2/srtp.h>

#define BATCH   16   /* datagrams handed down in one call */
#define LARGEST 2048 /* bytes of one datagram, unprotected */
#define TRAILER                                                                                    \
  20 /* what protecting adds at most with our profiles: a tag of 16, SRTCP's index of 4 */
#define WINDOW 1024 /* packets of replay list (RFC 3711 §3.3.2): a second of video */

typedef struct {
  PealChannel channel;
  srtp_t inbound, outbound; /* NULL: no keys yet */
  gboolean let_in;
  guint32 senders[PEAL_SRTP_SENDERS]; /* SSRCs, network order, that authenticated */
  guint n_senders;
} Srtp;

/* libsrtp's tables are its own globals, made once a process. */
void
peal_srtp_warm_up (void)
{
  static gsize made;

  if (g_once_init_enter (&made)) {
    if (srtp_init () != srtp_err_status_ok)
      g_error ("libsrtp does not start: its self-test failed");
    g_once_init_leave (&made, 1);
  }
}

gboolean
peal_srtp_sizes (PealSrtpProfile profile, gsize *key, gsize *salt)
{
  *key = srtp_profile_get_master_key_length ((srtp_profile_t) profile);
  *salt = srtp_profile_get_master_salt_length ((srtp_profile_t) profile);
  return *key && *key + *salt <= PEAL_SRTP_KEY_SIZE;
}

/* --- down --- */

static gboolean
protect (Srtp *srtp, const PealDatagram *clear, guint8 *buffer, gsize *length)
{
  int size = (int) clear->length;

  if (clear->length > LARGEST || clear->length < 8)
    return FALSE;
  memcpy (buffer, clear->data, clear->length);
  srtp_err_status_t status = peal_demux_is_rtcp (buffer, clear->length)
                                 ? srtp_protect_rtcp (srtp->outbound, buffer, &size)
                                 : srtp_protect (srtp->outbound, buffer, &size);
  *length = (gsize) size;
  return status == srtp_err_status_ok;
}

/* All count as taken: a packet cannot be protected twice, so what the path refuses is lost, as on
 * any net. */
static guint
srtp_send_all (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  Srtp *srtp = (Srtp *) channel;
  guint32 room[BATCH][(LARGEST + SRTP_MAX_TRAILER_LEN + 4) / 4]; /* libsrtp wants whole words */
  PealDatagram batch[BATCH];

  for (guint done = 0; done < n;) {
    guint filled = 0;
    for (; done < n && filled < BATCH; done++) {
      guint8 *buffer = (guint8 *) room[filled];
      gsize length;
      if (protect (srtp, &datagrams[done], buffer, &length))
        batch[filled++] = (PealDatagram) { buffer, length };
      else
        channel->dropped++;
    }
    peal_channel_send (channel->below, batch, filled);
  }
  return n;
}

/* --- up --- */

/* Whether packets of @ssrc are let in. Called with those that authenticated, except to look (@add
 * FALSE). */
static gboolean
admit (Srtp *srtp, guint32 ssrc, gboolean add)
{
  for (guint i = 0; i < srtp->n_senders; i++)
    if (srtp->senders[i] == ssrc)
      return TRUE;
  if (srtp->n_senders == PEAL_SRTP_SENDERS)
    return FALSE;
  if (add)
    srtp->senders[srtp->n_senders++] = ssrc;
  return TRUE;
}

static void
below_datagram (gpointer user, const guint8 *data, gsize length)
{
  Srtp *srtp = user;
  gboolean rtcp = peal_demux_is_rtcp (data, length);
  gsize ssrc_at = rtcp ? 4 : 8;
  guint32 room[(LARGEST + SRTP_MAX_TRAILER_LEN + 4) / 4];
  guint8 *buffer = (guint8 *) room;
  int size = (int) length;
  guint32 ssrc;

  if (length > LARGEST + TRAILER || length < ssrc_at + sizeof ssrc) {
    srtp->channel.dropped++;
    return;
  }
  memcpy (&ssrc, data + ssrc_at, sizeof ssrc);
  memcpy (buffer, data, length);
  /* libsrtp keeps state of a new SSRC once a packet of it authenticated, without limit of its own.
   */
  if (!admit (srtp, ssrc, FALSE) ||
      (rtcp ? srtp_unprotect_rtcp (srtp->inbound, buffer, &size)
            : srtp_unprotect (srtp->inbound, buffer, &size)) != srtp_err_status_ok) {
    srtp->channel.dropped++;
    return;
  }
  admit (srtp, ssrc, TRUE);
  peal_channel_deliver (&srtp->channel, buffer, (gsize) size);
}

static void
below_state (gpointer user, PealChannelState state, const GError *why)
{
  Srtp *srtp = user;

  peal_channel_enter (&srtp->channel, state, why);
}

static const PealChannelEvents deaf_events = { .state = below_state };
static const PealChannelEvents below_events = { .state = below_state, .datagram = below_datagram };

/* --- making --- */

static void
forget_keys (Srtp *srtp)
{
  g_clear_pointer (&srtp->inbound, srtp_dealloc);
  g_clear_pointer (&srtp->outbound, srtp_dealloc);
}

static void
srtp_free (PealChannel *channel)
{
  g_autofree Srtp *srtp = (Srtp *) channel;

  forget_keys (srtp);
  peal_channel_free (channel->below);
}

static const PealChannelClass srtp_class = { .name = "srtp",
                                             .send = srtp_send_all,
                                             .free = srtp_free };

PealChannel *
peal_srtp_new (PealChannel *below)
{
  Srtp *srtp = g_new0 (Srtp, 1);

  peal_srtp_warm_up ();
  peal_channel_init (&srtp->channel, &srtp_class, below->loop, below);
  srtp->channel.mtu = MIN (below->mtu, LARGEST) - TRAILER;
  return &srtp->channel;
}

static gboolean
create (srtp_t *session, PealSrtpProfile profile, const guint8 *key, srtp_ssrc_type_t direction)
{
  srtp_policy_t policy = { .ssrc.type = direction, .key = (guint8 *) key, .window_size = WINDOW };

  /* Who has no RTX (RFC 4588) gets a packet again as it was, to the last bit: then it is encrypted
   * to what it was, too. Anything else under an old number would give the key stream away, and is
   * never sent (media/outflow.c). */
  policy.allow_repeat_tx = direction == ssrc_any_outbound;

  return srtp_crypto_policy_set_from_profile_for_rtp (&policy.rtp, (srtp_profile_t) profile) ==
             srtp_err_status_ok &&
         srtp_crypto_policy_set_from_profile_for_rtcp (&policy.rtcp, (srtp_profile_t) profile) ==
             srtp_err_status_ok &&
         srtp_create (session, &policy) == srtp_err_status_ok;
}

gboolean
peal_srtp_set_keys (PealChannel *channel, const PealSrtpKeys *keys, GError **error)
{
  Srtp *srtp = (Srtp *) channel;

  g_assert (channel->class_ == &srtp_class && !srtp->let_in);
  forget_keys (srtp);
  if (!create (&srtp->outbound, keys->profile, keys->local, ssrc_any_outbound) ||
      !create (&srtp->inbound, keys->profile, keys->remote, ssrc_any_inbound)) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_INTERNAL, "libsrtp cannot do SRTP profile %d",
                 keys->profile);
    return FALSE;
  }
  peal_channel_listen (channel->below, &deaf_events, srtp);
  return TRUE;
}

void
peal_srtp_let_in (PealChannel *channel)
{
  Srtp *srtp = (Srtp *) channel;

  g_assert (channel->class_ == &srtp_class && srtp->inbound);
  srtp->let_in = TRUE;
  peal_channel_listen (channel->below, &below_events, srtp);
}
