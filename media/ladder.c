/* How large and how fluent a picture should be for the bits that it may take. */
// SPDX-License-Identifier: MIT
#include "media/ladder.h"

#include <math.h>

enum { SECOND = 1000 * 1000, DOWN = SECOND, UP = 4 * SECOND, FIRST_UP = 2 * SECOND };

typedef struct {
  guint bitrate;       /* that it needs, bit/s: VP8 in real time */
  guint width, height; /* as many dots, in whatever shape */
  guint fps;
} Rung;

/* About 0.04 bits a dot, as libvpx needs at its fast speeds for a head that talks, and a little
 * more where dots are few. Below 180 lines nothing shows who it is: there are fewer frames instead.
 */
static const Rung rungs[] = {
  { 0, 320, 180, 8 },        { 80000, 320, 180, 15 },     { 130000, 320, 180, 30 },
  { 190000, 480, 270, 30 },  { 300000, 640, 360, 30 },    { 550000, 960, 540, 30 },
  { 900000, 1280, 720, 30 }, { 2400000, 1920, 1080, 30 },
};

static const double missing = 0.8,
                    left_over = 1.1; /* of what a rung needs: leaves it, reaches it */

static guint
given (guint length, guint otherwise)
{
  return length ? length : otherwise;
}

static double
dots_of (const PealLadderCaps *caps)
{
  return (double) given (caps->width, 1280) * given (caps->height, 720);
}

/* The highest for @bitrate; none that is higher than the first that shows every dot. */
static guint
rung_for (const PealLadderCaps *caps, double bitrate)
{
  guint rung = 0;

  while (rung + 1 < G_N_ELEMENTS (rungs) && rungs[rung + 1].bitrate <= bitrate &&
         (rungs[rung].width * rungs[rung].height < dots_of (caps) ||
          rungs[rung].fps < given (caps->fps, 30)))
    rung++;
  return rung;
}

static guint
even (double length)
{
  return MAX (2, 2 * (guint) (length / 2));
}

static void
stand (PealLadder *ladder, const PealLadderCaps *caps, guint rung)
{
  double dots = rungs[rung].width * rungs[rung].height;
  double scale = dots < dots_of (caps) ? sqrt (dots / dots_of (caps)) : 1;
  const double little = 0.01; /* what is even stays so, however the root is rounded */

  ladder->width = even (given (caps->width, 1280) * scale + little);
  ladder->height = even (given (caps->height, 720) * scale + little);
  ladder->fps = MIN (given (caps->fps, 30), rungs[rung].fps);
  ladder->rung = rung;
}

void
peal_ladder_init (PealLadder *ladder, const PealLadderCaps *caps, guint bitrate, gint64 now)
{
  *ladder = (PealLadder) { .changed = now };
  stand (ladder, caps, rung_for (caps, bitrate));
}

static guint
next_rung (const PealLadder *ladder, const PealLadderCaps *caps, guint bitrate)
{
  if (bitrate < missing * rungs[ladder->rung].bitrate)
    return rung_for (caps, bitrate);
  return MAX (ladder->rung, rung_for (caps, bitrate / left_over));
}

gboolean
peal_ladder_step (PealLadder *ladder, const PealLadderCaps *caps, guint bitrate, gint64 now)
{
  PealLadder before = *ladder;
  guint rung = next_rung (ladder, caps, bitrate);
  gint64 patience = rung < ladder->rung ? DOWN : ladder->risen ? UP : FIRST_UP;

  if (rung == ladder->rung || now - ladder->changed < patience)
    return FALSE;
  ladder->risen |= rung > ladder->rung;
  ladder->changed = now;
  stand (ladder, caps, rung);
  return ladder->width != before.width || ladder->height != before.height ||
         ladder->fps != before.fps;
}
