/* How many bits loss allows.
 *
 * Pure. As in draft-ietf-rmcat-gcc-02 §6 much loss takes bits and little gives them back; but what
 * a path has been losing all the time, however much was sent, is its habit and takes none. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

#define PEAL_RATE_LOSS_WINDOWS 10

typedef struct {
  double bound;                           /* bit/s; INFINITY: as many as one likes */
  double smoothed;                        /* share of packets */
  guint packets, lost;                    /* in the window that is being gathered */
  gint64 since;                           /* when that began, µs; 0: not yet */
  double windows[PEAL_RATE_LOSS_WINDOWS]; /* the share in each of the last ones */
  guint n_windows;
} PealRateLoss;

void peal_rate_loss_init (PealRateLoss *loss);

/* Of @packets more, @lost did not arrive. */
void peal_rate_loss_hear (PealRateLoss *loss, guint packets, guint lost);

/* @packets that were heard of as lost have come after all. */
void peal_rate_loss_found (PealRateLoss *loss, guint packets);

/* @bitrate: what is sent now, bit/s. */
void peal_rate_loss_decide (PealRateLoss *loss, double bitrate, gint64 now);
