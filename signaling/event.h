/* What an application hears: one flat list of events; a table of their fields prints text and JSON.
 *
 * The names are the contract of the command line's --json output. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>

typedef enum {
  PEAL_EVENT_NONE = 0,
  PEAL_EVENT_ONLINE,
  PEAL_EVENT_OFFLINE,
  PEAL_EVENT_INCOMING,
  PEAL_EVENT_OUTGOING,
  PEAL_EVENT_RINGING,
  PEAL_EVENT_ACCEPTED,
  PEAL_EVENT_CONNECTING,
  PEAL_EVENT_CONNECTED,
  PEAL_EVENT_MEDIA,
  PEAL_EVENT_STATS,
  PEAL_EVENT_DTMF,
  PEAL_EVENT_HOLD,
  PEAL_EVENT_MUTE,
  PEAL_EVENT_CONTENT_ADDED,
  PEAL_EVENT_CONTENT_REMOVED,
  PEAL_EVENT_RESTART,
  PEAL_EVENT_WEAK,
  PEAL_EVENT_ENDED,
  PEAL_EVENT_FEATURE,
  PEAL_EVENT_ITEM,
  PEAL_EVENT_CHECK,
  PEAL_EVENT_DEVICE,
  PEAL_EVENT_ERROR,
  PEAL_N_EVENTS,
} PealEventKind;
extern const char *const peal_event_words[]; /* "online", …, "content-added" */

typedef enum { PEAL_BY_NONE = 0, PEAL_BY_LOCAL, PEAL_BY_REMOTE } PealBy;

/* How a command, a call or a transfer ended: each has its exit status (docs/causes.md). Also a
 * GError domain. */
#define PEAL_CAUSE (peal_cause_quark ())
GQuark peal_cause_quark (void);

typedef enum {
  PEAL_CAUSE_SUCCESS = 0,
  PEAL_CAUSE_INTERNAL,
  PEAL_CAUSE_USAGE,
  PEAL_CAUSE_AUTH,
  PEAL_CAUSE_CONNECT,
  PEAL_CAUSE_UNREACHABLE,
  PEAL_CAUSE_NO_ANSWER,
  PEAL_CAUSE_UNSUPPORTED,
  PEAL_CAUSE_NO_SERVICE,
  PEAL_CAUSE_DECLINED,
  PEAL_CAUSE_BUSY,
  PEAL_CAUSE_ELSEWHERE,
  PEAL_CAUSE_CANCELLED,
  PEAL_CAUSE_NO_PATH,
  PEAL_CAUSE_RELAY_REFUSED,
  PEAL_CAUSE_SECURITY,
  PEAL_CAUSE_MEDIA,
  PEAL_CAUSE_FILE,
  PEAL_CAUSE_LOST,
  PEAL_CAUSE_TIMEOUT,
  PEAL_N_CAUSES,
} PealCause;

/* "no-answer"; and the exit status a command leaves with. */
const char *peal_cause_word (PealCause cause);
int peal_cause_status (PealCause cause);

/* What was wrong, in one word, of a GError of domain PEAL_CAUSE that says so (else NULL): such as
 * "certificate-expired". Static strings. */
const char *peal_cause_failure (const GError *error);
void peal_cause_set_failure (GError *error, const char *word);

/* The path a transport found. Strings are owned by whoever owns the struct; peal_path_clear. */
typedef struct {
  const char *path;                     /* "direct", "relayed", "in-band"; static */
  const char *local_type, *remote_type; /* "host", "srflx", "prflx", "relay", "raw"; static */
  char *local, *remote;                 /* "192.0.2.1:5000" */
  const char *encryption;    /* "dtls-srtp", "dtls-sctp", "tls", "hop-by-hop", "none"; static */
  gint rtt_ms;               /* -1: not known */
  gint64 ice_at, secured_at; /* g_get_monotonic_time of each step, µs; 0: not there */
} PealPath;
/* A copy of its own into @into, which was empty; clearing frees the strings. */
void peal_path_copy (PealPath *into, const PealPath *from);
void peal_path_clear (PealPath *path);

/* Counters of one content. -1 (NAN for the level): not known. */
typedef struct {
  gint64 packets_sent, packets_received, bytes_sent, bytes_received, lost;
  gint64 late;      /* packets that came when their turn to be heard had passed; not in @lost */
  gint64 recovered; /* packets that did not come in time and were had from the one after (FEC) */
  double concealed; /* share of what was heard that the decoder had to invent, 0 to 1 */
  gint wait_ms;     /* of the jitter buffer, now */
  double jitter_ms, rtt_ms;
  double level_db;      /* of what is heard, dBFS */
  double sent_level_db; /* of what is said, dBFS */
  double quality_r;     /* ITU-T G.107: 0 to 100; what is heard since the beginning */
  double mos;           /* the same on the scale of opinions, 1 to 4.5 */
  gint64 frames;
  double fps;
  gint width, height;
  gint64 bitrate_bps, target_bps;
} PealStats;

/* The last counters of one content, in ENDED. */
typedef struct {
  char *content;
  PealStats stats;
} PealContentStats;

/* Absent: NULL, 0 for enums, -1 for numbers (peal_event_init). Strings are owned. */
typedef struct {
  PealEventKind kind;
  gint64 time; /* g_get_real_time, µs */
  char *call, *transfer, *peer;
  char *content, *media; /* media: "audio", "audio,video" */
  char *jid, *server, *tls;
  gint resumed;
  PealPath path;
  char *codec;
  gint setup_ms, after_ms;
  gint ice_ms, secured_ms; /* of CONNECTED: accept to the path, and to its keys */
  gboolean has_stats;
  PealStats stats;
  GPtrArray *last; /* of PealContentStats *, owned; NULL when none */
  char *digit, *via;
  gint duration_ms;
  PealBy by;
  PealCause cause; /* of ENDED and ERROR */
  char *reason;    /* XEP-0166's word, or a sentence */
  char *failure;   /* of OFFLINE, ENDED and ERROR: peal_cause_failure */
  double duration_s;
  gint status; /* exit status, on the ENDED that closes a command */
  char *text, *hint;
  char *name;                      /* FEATURE, ITEM, CHECK, DEVICE */
  char *feature, *state, *package; /* of CHECK; the first two of DEVICE */
} PealEvent;

/* An event of @kind at this moment, all else absent. Clearing frees what it owns. */
void peal_event_init (PealEvent *event, PealEventKind kind);
void peal_event_clear (PealEvent *event);

/* Fills @into, which was empty, with a copy of its own. */
void peal_event_copy (PealEvent *into, const PealEvent *from);

/* All counters not known. */
void peal_stats_init (PealStats *stats);

/* Adds @stats to the last counters of @event. */
void peal_event_add_last (PealEvent *event, const char *content, const PealStats *stats);

/* `word key=value …` for people and logs; free with g_free. */
char *peal_event_text (const PealEvent *event);

/* One JSON object without a line end, fields in the table's order, numbers with a point. Free with
 * g_free. */
char *peal_event_json (const PealEvent *event);
