/* How good a call is likely to sound, from what is measured: the E-model of ITU-T G.107 (06/2015).
 */
// SPDX-License-Identifier: MIT
#include "media/quality.h"

#include <math.h>

/* §7.7: what the standard takes a telephone, a room and a line for. */
#define SLR  8.0   /* loudness of sending, dB */
#define RLR  2.0   /* and of receiving, dB */
#define STMR 15.0  /* how loud one hears oneself, dB */
#define LSTR 18.0  /* and the room, dB */
#define DS   3.0   /* handsets against noise from afar, dB */
#define TELR 65.0  /* how weak the talker's echo is, dB */
#define WEPL 110.0 /* and the listener's, dB */
#define QDU  1.0   /* quantising distortion */
#define NC   -70.0 /* noise of the circuit, dBm0p */
#define NFOR -64.0 /* of the receiving side's floor, dBmp */
#define PS   35.0  /* of the sender's room, dB(A) */
#define PR   35.0  /* of the receiver's room, dB(A) */
#define OLR  (SLR + RLR)
#define MT   100.0 /* ms of delay that nobody minds */

/* Planning values of ITU-T G.113 (Appendix I), Bpl for random loss. G.711 is that of its Appendix
 * I, whose concealment is what spanplc does; G.722 is concealed by the same element. The ITU has
 * none for Opus, of which the worst is taken that fits what it does (no impairment on this scale,
 * conceals as well as G.711 does), nor for Speex, which stands as G.729 A, a coder of its kind. */
static const struct {
  const char *name;
  double ie, bpl;
} codecs[] = {
  { "PCMU", 0, 25.1 }, { "PCMA", 0, 25.1 },   { "G722", 0, 25.1 },
  { "opus", 0, 25.1 }, { "speex", 11, 19.0 }, { NULL, 0, 4.3 /* the default: no concealment */ },
};

static double
decibels (double power)
{
  return 10 * log10 (power);
}

static double
power (double level)
{
  return pow (10, level / 10);
}

/* The root of a sum of powers, of which the model is fond. */
static double
norm (double x, double exponent)
{
  return pow (1 + pow (x, exponent), 1 / exponent);
}

/* §7.2: all noise, dBm0p. */
static double
noise (void)
{
  double nos = PS - SLR - DS - 100 + 0.004 * pow (PS - OLR - DS - 14, 2);
  double pre = PR + decibels (1 + power (10 - LSTR));
  double nor = RLR - 121 + pre + 0.008 * pow (pre - 35, 2);
  double nfo = NFOR + RLR;

  return decibels (power (NC) + power (nos) + power (nor) + power (nfo));
}

/* §7.3: what comes at the same time as the voice. @echo is T. */
static double
simultaneous (double ro, double no, double echo)
{
  double xolr = OLR + 0.2 * (64 + no - RLR);
  double iolr = 20 * (norm (xolr / 8, 8) - xolr / 8);
  double stmr = -decibels (power (-STMR) + exp (-echo / 4) * power (-TELR));
  double ist = 12 * norm ((stmr - 13) / 6, 8) - 28 * norm ((stmr + 1) / 19.4, 35) -
               13 * norm ((stmr - 3) / 33, 13) + 29;
  double q = 37 - 15 * log10 (QDU);
  double g = 1.07 + 0.258 * q + 0.0602 * q * q;
  double y = (ro - 100) / 15 + 46 / 8.4 - g / 9;
  double z = 46.0 / 30 - g / 40;

  return iolr + ist + 15 * log10 (1 + pow (10, y) + pow (10, z));
}

/* §7.4, Idte: the talker's echo, after @delay ms. */
static double
talker_echo (double no, double delay)
{
  double terv =
      TELR - 40 * log10 ((1 + delay / 10) / (1 + delay / 150)) + 6 * exp (-0.3 * delay * delay);
  double roe = -1.5 * (no - RLR), re = 80 + 2.5 * (terv - 14);

  return ((roe - re) / 2 + sqrt (pow (roe - re, 2) / 4 + 100) - 1) * (1 - exp (-delay));
}

/* §7.4, Idle: the listener's, after a round trip of @round ms. */
static double
listener_echo (double ro, double round)
{
  double rle = 10.5 * (WEPL + 7) * pow (round + 1, -0.25);

  return (ro - rle) / 2 + sqrt (pow (ro - rle, 2) / 4 + 169);
}

/* §7.4, Idd: nothing but waiting, of @delay ms. */
static double
waiting (double delay)
{
  if (delay <= MT)
    return 0;
  double x = log2 (delay / MT);
  return 25 * (norm (x, 6) - 3 * norm (x / 3, 6) + 2);
}

/* §7.5: codec and loss. */
static double
equipment (const PealQuality *quality)
{
  double percent = quality->loss * 100;

  return quality->ie +
         (95 - quality->ie) * percent / (percent / quality->burst_ratio + quality->bpl);
}

void
peal_quality_codec (PealQuality *quality, const char *name, guint clock_rate)
{
  guint row = 0;

  while (codecs[row].name && g_ascii_strcasecmp (codecs[row].name, name) != 0)
    row++;
  quality->ie = codecs[row].ie;
  quality->bpl = codecs[row].bpl;
}

double
peal_quality_burst_ratio (double lost, double bursts, double expected)
{
  if (bursts <= 0 || expected <= 0)
    return 1;
  return MAX (1, lost / bursts * (1 - MIN (1, lost / expected)));
}

double
peal_quality_r (const PealQuality *quality)
{
  double no = noise (), ro = 15 - 1.5 * (SLR + no);
  double r = ro - simultaneous (ro, no, quality->delay_ms) - talker_echo (no, quality->delay_ms) -
             listener_echo (ro, 2 * quality->delay_ms) - waiting (quality->delay_ms) -
             equipment (quality);

  return CLAMP (r, 0, 100);
}

double
peal_quality_mos (double r)
{
  if (r <= 0)
    return 1;
  if (r >= 100)
    return 4.5;
  return MAX (1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}
