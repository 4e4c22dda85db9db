/* How good a call is likely to sound, from what is measured: the E-model of ITU-T G.107 (06/2015).
 *
 * R is on the scale of narrow-band telephony, 0 to 100, whatever the codec: 93.2 is a perfect
 * telephone line. What a wide-band codec gives beyond that is not counted, so that a number means
 * the same for each. It is an estimate for planning, made of delay and loss alone: it knows nothing
 * of the room, the microphone or the speaker. Pure. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef struct {
  double delay_ms;    /* mouth to ear, one way */
  double loss;        /* share of the sound that had to be invented, 0 to 1 */
  double burst_ratio; /* mean length of losses over that of random ones; at least 1 (§7.5) */
  double ie;          /* equipment impairment of the codec without loss (ITU-T G.113) */
  double bpl;         /* its robustness against loss (ITU-T G.113) */
} PealQuality;

/* The figures of the codec that is called @name, at @clock_rate Hz, into @quality. */
void peal_quality_codec (PealQuality *quality, const char *name, guint clock_rate);

/* The ratio of @bursts losses of @lost packets of @expected in all (§7.5). 1 where nothing is
 * lost. */
double peal_quality_burst_ratio (double lost, double bursts, double expected);

/* R, 0 to 100 (§7). */
double peal_quality_r (const PealQuality *quality);

/* The mean opinion score of a conversation with that @r, 1 to 4.5 (Annex B). */
double peal_quality_mos (double r);
