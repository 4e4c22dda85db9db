/* bench/voice's estimate of quality, by the function that rates peal's own calls: for each line
 * "DELAY_MS LOSS BURST_RATIO" of standard input one "R MOS"; Opus, loss from 0 to 1. */
// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "media/quality.h"

int
main (void)
{
  PealQuality quality = { 0 };

  peal_quality_codec (&quality, "opus", 48000);
  while (scanf ("%lf %lf %lf", &quality.delay_ms, &quality.loss, &quality.burst_ratio) == 3) {
    double r = peal_quality_r (&quality);
    printf ("%.2f %.3f\n", r, peal_quality_mos (r));
  }
  return 0;
}
