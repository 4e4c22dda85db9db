/* The eye of a running picture: open while it is wanted, and steered by what the way carries. */
// SPDX-License-Identifier: MIT
#include "media/picture_inner.h"

#include "media/picture_source.h"

const char *
peal_picture_source (const PealMedium *medium)
{
  return medium->config->video_in ? medium->config->video_in : "camera";
}

static PealLadderCaps
caps_of (const PealMedium *medium)
{
  const PealRtpConfig *config = medium->config;
  guint most = medium->agreement.most_fps, fps = config->fps ? config->fps : 30;

  return (PealLadderCaps) { config->width ? config->width : 1280,
                            config->height ? config->height : 720, most ? MIN (most, fps) : fps };
}

static void
eye_packet (gpointer user, const PealPacket *packet)
{
  PealMedium *medium = user;

  if (medium->exchange)
    peal_picture_exchange_send (medium->exchange, packet);
}

static const PealEyeEvents eye_events = { .packet = eye_packet, .failed = peal_picture_fail };

static void
free_eye (gpointer eye)
{
  peal_eye_free (eye);
}

/* The light of the camera goes off. */
void
peal_picture_drop_eye (PealMedium *medium)
{
  g_mutex_lock (&medium->lock);
  PealEye *eye = g_steal_pointer (&medium->eye);
  g_mutex_unlock (&medium->lock);
  if (!eye)
    return;
  peal_eye_stop (eye);
  peal_loop_call (medium->loop, free_eye, eye);
}

/* Under the lock. */
static void
steer (PealMedium *medium)
{
  if (medium->eye && medium->bitrate)
    peal_eye_steer (medium->eye, medium->bitrate, medium->ladder.width, medium->ladder.height,
                    medium->ladder.fps);
}

typedef struct {
  PealMedium *medium;
  guint size;
} Asking;

static void
ask_payload_size (gpointer user)
{
  Asking *asking = user;

  asking->size = (guint) peal_picture_exchange_payload_size (asking->medium->exchange);
}

static gboolean
make_eye (PealMedium *medium, GError **error)
{
  PealLadderCaps caps = caps_of (medium);
  PealEyeSetup setup = {
    medium->loop, peal_picture_source (medium), medium->agreement.codec, caps.width, caps.height,
    caps.fps
  };
  PealEye *eye = peal_eye_new (&setup, &eye_events, medium, error);
  Asking asking = { .medium = medium };

  if (!eye)
    return FALSE;
  peal_loop_call (medium->loop, ask_payload_size, &asking);
  peal_eye_payload_size (eye, asking.size);
  g_mutex_lock (&medium->lock);
  medium->eye = eye;
  steer (medium);
  g_mutex_unlock (&medium->lock);
  return peal_eye_look (eye, error);
}

/* It looks while the picture is wanted by everybody. */
void
peal_picture_update_eye (PealMedium *medium)
{
  g_autoptr(GError) error = NULL;
  gboolean wanted = medium->open && medium->sending && !medium->muted && !medium->held &&
                    !medium->put_off && !peal_picture_source_is_none (peal_picture_source (medium));

  if (!wanted)
    peal_picture_drop_eye (medium);
  else if (!medium->eye && !make_eye (medium, &error))
    peal_picture_fail (medium, error);
}

void
peal_picture_make_key_frame (PealMedium *medium)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&medium->lock);

  if (medium->eye)
    peal_eye_key_frame (medium->eye);
}

/* The ladder waits before it goes up: it may go by a rate that has been told before. */
void
peal_picture_steer (PealMedium *medium, guint bitrate)
{
  g_autoptr(GMutexLocker) locker = g_mutex_locker_new (&medium->lock);
  PealLadderCaps caps = caps_of (medium);
  gint64 now = g_get_monotonic_time ();

  if (!medium->bitrate)
    peal_ladder_init (&medium->ladder, &caps, bitrate, now);
  else
    peal_ladder_step (&medium->ladder, &caps, bitrate, now);
  medium->bitrate = bitrate;
  steer (medium);
}
