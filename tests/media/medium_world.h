/* Two media in one process with a net between them: what one says, the other hears; and how stories
 * about that are told on a machine that may be too busy for them.
 *
 * Alice and Bob run on loops of their own, their events come on the context of the world, which
 * only medium_world_run runs. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/rtp.h"
#include "tests/media/sound.h"
#include "tests/media/stall.h"
#include "tests/transport/pair.h"

enum { MEDIUM_SEED = 4711 }; /* of speech and of the net */

typedef struct {
  PealMedium *medium;
  PealLoop *loop;
  PealChannel *lanes[PEAL_N_LANES];
  PealRtpConfig config;
  PealContentPlan plan;
  guint medium_events, stats_events;
  char *codec;
  gint after_ms;
  PealStats stats;
  char keys[8]; /* that were told */
  char *error;  /* the last sentence */
  GError *failed;
} MediumSide;

/* Alice speaks, Bob writes what he hears. */
typedef struct {
  GMainContext *context;
  char *folder, *said_path, *heard_path, *in, *out;
  PealSound said;
  MediumSide alice, bob;
  PealNet net;
  gint packets, jumps;  /* of Alice's RTP, and of its sequence numbers; atomic */
  gint outage[2];       /* which of them the net loses: from, to */
  gint spoilt;          /* which of them is no Opus any more, from 1 on; 0: none */
  gint sequence;        /* on her loop */
  gint64 beat;          /* when the context was last looked after, µs */
  gint64 hunger;        /* by how much it was ever late, µs */
  PealStall stall;      /* the same of all threads */
  gint64 answered;      /* when it stops ringing, µs */
  gint64 opened, first; /* when her lane opened and her first packet left, µs */
} MediumWorld;

/* @in: what Alice says; NULL: the file that medium_world_say writes. @out: what Bob does with it;
 * NULL: the file heard_path. @codecs: of both, borrowed; NULL: all. */
MediumWorld *medium_world_new (const char *in, const char *out, const char *codecs);
void medium_world_free (MediumWorld *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MediumWorld, medium_world_free)

/* So much of speech is what Alice says. */
void medium_world_say (MediumWorld *world, double seconds);

/* It rings for 300 ms, as a call does: time in which pipelines are prepared. */
void medium_world_open (MediumWorld *world);

/* Both descriptions are agreed and both media begin; the lanes open after that. */
void medium_world_start (MediumWorld *world);
/* The same; @other: what Alice takes for Bob's answer; NULL: his answer. */
void medium_world_start_with (MediumWorld *world, gconstpointer other);

/* Runs the context until @done says so; the patience's end fails the test. */
void medium_world_run (MediumWorld *world, gboolean (*done) (MediumWorld *world));

/* The last statistics of both sides are there after it; may be called again. */
void medium_world_close (MediumWorld *world);

/* --- for medium_world_run --- */

/* At least a second was sent, and Bob heard something. */
gboolean medium_one_second_heard (MediumWorld *world);
/* What Alice says takes four seconds: 200 packets, and some more until the last is heard. */
gboolean medium_four_seconds_heard (MediumWorld *world);

/* --- stories that measure what came in time --- */

/* FALSE: it should be told again. */
typedef gboolean (*MediumStory) (gconstpointer data);

typedef struct {
  MediumStory story;
  gconstpointer data;
} MediumTelling;

/* Tells a story until it counts; @telling is a MediumTelling, for g_test_add_data_func. */
void medium_tell (gconstpointer telling);

/* What a story found out. A bad result counts unless the machine was too busy for a good one. */
gboolean medium_world_judge (MediumWorld *world, gboolean good);

/* Judges whether heard_path, once closed, sounds like what was said. */
gboolean medium_world_is_alike (MediumWorld *world);

/* Whether that, in dBFS, is a sine of amplitude 0.25. */
gboolean medium_is_tone (double level);
