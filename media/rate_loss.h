/* How many bits loss allows.
 *
 * Pure. As in draft-ietf-rmcat-gcc-02 §6 much loss takes bits and little gives them back. But a
 * path may lose however little is sent: where loss stays, less is sent for a moment on trial. What
 * is lost all the same is the path's habit, and takes none; what is not was lost to too many bits.
 */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef enum {
  PEAL_RATE_UNTRIED,
  PEAL_RATE_TRYING, /* less is sent, to see */
  PEAL_RATE_TRIED,
} PealRateTrial;

typedef struct {
  double bound;        /* bit/s; INFINITY: as many as one likes */
  double smoothed;     /* share of packets */
  guint packets, lost; /* in the window that is being gathered */
  gint64 since;        /* when that began, µs; 0: not yet */

  PealRateTrial trial;
  double before; /* the share when it began */
  double sum;    /* of the shares in it that count */
  guint windows; /* of it that are over */
  double habit;  /* what it found, share of packets */
  gint64 tried;  /* when */
} PealRateLoss;

void peal_rate_loss_init (PealRateLoss *loss);

/* Of @packets more, @lost did not arrive. */
void peal_rate_loss_hear (PealRateLoss *loss, guint packets, guint lost);

/* @packets that were heard of as lost have come after all. */
void peal_rate_loss_found (PealRateLoss *loss, guint packets);

/* What was heard lately was lost to a queue that is being emptied: it does not count. */
void peal_rate_loss_excuse (PealRateLoss *loss, gint64 now);

/* @bitrate: what is sent now, bit/s. */
void peal_rate_loss_decide (PealRateLoss *loss, double bitrate, gint64 now);
