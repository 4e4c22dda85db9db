/* What the files of the simulated world share: devices, calls, parcels, and what each file does for
 * the others. */
// SPDX-License-Identifier: MIT
#pragma once

#include "tests/sim/coverage.h"
#include "tests/sim/world.h"

#define PEAL_MS(n)        ((n) *G_TIME_SPAN_MILLISECOND)
#define PEAL_SECONDS(n)   ((n) *G_TIME_SPAN_SECOND)
#define PEAL_MAX_CONTENTS 3 /* of an offer */
#define PEAL_N_NAMES      6 /* of contents: "c0" to "c5" */

/* --- the toy application and transport of the world --- */

typedef struct {
  guint32 codec;
} PealToyDescription; /* of both applications */
typedef struct {
  char *ufrag;
  guint32 candidate; /* 1, 2, …; 0: none */
} PealToyTransport;
typedef struct {
  guint32 n;
} PealToyInfo;
/* Contents of even names are of one application, those of odd names of the other. */
extern const PealElement peal_toy_description, peal_toy_picture;
/* The relay is another method, which nobody in the world has. */
extern const PealElement peal_toy_transport, peal_toy_relay, peal_toy_info;
extern const PealElement *const peal_toy_vocabulary[];

/* --- what travels --- */

typedef enum {
  PEAL_PARCEL_SET,
  PEAL_PARCEL_ANSWER,
  PEAL_PARCEL_MESSAGE,
  PEAL_PARCEL_BOUNCE
} PealParcelKind;

typedef struct {
  PealWorld *world;
  PealParcelKind kind;
  guint id; /* of SET and ANSWER */
  PealWho from, to;
  PealWho target; /* whom the message was meant for, where this is a copy */
  gboolean to_account;
  PealJingle *jingle;      /* SET */
  PealCondition condition; /* ANSWER */
  PealInviteVerb verb;     /* MESSAGE, BOUNCE */
  PealInviteMessage *invite;
  gint64 stored_at; /* 0: never was */
} PealParcel;

/* --- devices --- */

typedef enum {
  PEAL_LINK_ABSENT = 0, /* not online, the server knows */
  PEAL_LINK_UP,
  PEAL_LINK_GHOST, /* broken, and the server has not noticed */
  PEAL_LINK_DEAD,  /* killed, and noticed */
} PealLink;

/* An IQ set of ours that waits for its answer. */
typedef struct {
  guint id, token;
  PealWho to;
  char *sid; /* NULL: nobody waits */
  PealJingleAction action;
} PealAsked;

typedef struct {
  PealWorld *world;
  PealWho who;
  PealLink link;
  gboolean killed;
  guint outage;              /* counts them, so that a late notice of an old one means nothing */
  gint64 paused_until;       /* the stream resumes then */
  gint64 up_last, down_last; /* order is kept each way */
  GPtrArray *calls;          /* of PealSimCall * */
  GArray *asked;             /* of PealAsked */
  PealPolicy policy;
  gboolean contrary; /* the next reply is an error, whatever the machine says */
} PealDevice;

/* One content as one device has it. */
typedef struct {
  char name[3];
  gboolean ours, started;
  PealSenders senders;
  guint ours_is, theirs_is; /* serial numbers of the transports in use */
  guint offered, asked;     /* of our open transport-replace, and of theirs */
  guint ours_was, theirs_was;
  guint sent, heard; /* candidates */
} PealSimContent;

/* One call as one device lives through it. */
typedef struct {
  PealDevice *device;
  char *sid;
  PealWho peer; /* of a proposal of ours: any of the account, until one picks up */
  PealInvite *invite;
  PealSession *session;
  GString *story;
  gboolean sent_proposal;
  gboolean willing,
      unwilling;   /* the user picked up, or hung up, before there was a session to tell */
  gboolean media;  /* started and not stopped */
  gint64 alive_at; /* when the other side's media was last there */
  gint64 session_armed, invite_armed;
  GPtrArray *contents;  /* of PealSimContent * */
  guint started, stuck; /* names, a bit each: ever started; let go of by us */
  guint plans;          /* changes that the user is still to make */
  guint waits;          /* how often it was not quiet when it was to hang up */
  GString *changes;
  gboolean was_active, is_over, out_of_order;
  PealCause cause;
  PealReasonCondition reason;
  PealBy by;
  char *started_names, *has; /* for peal_world_account */
} PealSimCall;

typedef void (*PealHappening) (PealWorld *world, gpointer user);

struct PealWorld {
  guint64 seed, chance;
  gint64 now;
  GArray *heap; /* of events, a binary heap by time, then by order */
  guint64 order;
  guint delay_least, delay_most, lose;
  gboolean coded, stores;
  guint contents, iq_timeout;
  guint ids, sids, transports, unanswered;
  guint parcels;          /* that are on their way */
  gboolean any_transport; /* they are not compared */
  guint compared;
  PealDevice devices[PEAL_N_WHO];
  GPtrArray *calls;  /* of char *: sids */
  GPtrArray *stored; /* of PealParcel * */
  GString *trace;
  xmpp_ctx_t *context;
};

/* --- world.c --- */
/* @happen (@user) after @delay µs. @user is freed with g_free after it, or when the world ends
 * before. */
void peal_world_later (PealWorld *world, gint64 delay, PealHappening happen, gpointer user);
/* The same for a parcel, which @happen takes. */
void peal_world_later_parcel (PealWorld *world, gint64 delay, PealHappening happen,
                              PealParcel *parcel);
void peal_world_note (PealWorld *world, const char *format, ...) G_GNUC_PRINTF (2, 3);
const char *peal_who_jid (PealWho who);
/* The device of a full JID, or the first of a bare one; PEAL_N_WHO: nobody. */
PealWho peal_who_of (const char *jid);
gboolean peal_same_account (PealWho a, PealWho b);

/* --- wire.c --- */
/* Sends @parcel (taken) from its device. */
void peal_wire_send (PealWorld *world, PealParcel *parcel);
PealParcel *peal_parcel_new (PealDevice *from, PealParcelKind kind);
void peal_parcel_free (PealParcel *parcel);
void peal_wire_online (PealDevice *device);

/* --- hands.c: calls, and what the machines ask for --- */
PealSimCall *peal_hands_new_call (PealDevice *device, const char *sid, PealWho peer);
void peal_hands_free_call (PealSimCall *call);
PealSimCall *peal_hands_find (PealDevice *device, const char *sid);
PealSimCall *peal_hands_latest (PealDevice *device);
gboolean peal_hands_in_call_with (PealDevice *device, PealWho other);

/* Something to do for a call that may be gone by then. */
typedef struct {
  PealDevice *device;
  char sid[24];
  guint what;
} PealErrand;
PealErrand *peal_errand_new (PealSimCall *call, guint what);
PealSimCall *peal_errand_call (const PealErrand *errand);

void peal_hands_begin_habits (PealSimCall *call);
void peal_hands_hear_ring (PealSimCall *call);
/* Candidates of one content. */
void peal_hands_trickle (PealSimCall *call, guint name);
void peal_hands_tell (PealSimCall *call, const char *word);
void peal_hands_tell_ending (PealSimCall *call, PealCause cause, PealReasonCondition reason,
                             PealBy by);
/* Answers the IQ @asked. */
void peal_hands_answer (PealDevice *device, const PealParcel *asked, PealCondition condition);
void peal_hands_drain_session (PealSimCall *call);
/* The same after the IQ @asked: exactly one reply must come. */
void peal_hands_drain_answer (PealSimCall *call, const PealParcel *asked);

/* --- ears.c: what a device hears and asks --- */
void peal_hands_deliver (PealDevice *device, const PealParcel *parcel);
/* Sends @jingle (taken) as an IQ; the answer goes to @call's session as @token, or to nobody. */
void peal_hands_ask (PealDevice *device, PealWho to, PealJingle *jingle, const PealSimCall *call,
                     guint token);
/* The stream came back without resuming: nobody will answer any more. */
void peal_hands_forget_asked (PealDevice *device);
void peal_hands_drain_invite (PealSimCall *call);

/* --- user.c: buttons --- */
void peal_hands_accept (PealSimCall *call);
void peal_hands_decline (PealSimCall *call, gboolean busy);
void peal_hands_hangup (PealSimCall *call);
void peal_hands_accept_session (PealSimCall *call);
void peal_hands_start_session (PealSimCall *call, PealWho to);
PealOpen *peal_toy_candidate (guint n);

/* --- contents.c: what is in a call, as its device has it --- */
/* The place of a name in "c0" to "c5". */
guint peal_sim_index (const char *name);
PealSimContent *peal_sim_find (const PealSimCall *call, const char *name);
/* One of ours, not told yet. */
PealSimContent *peal_sim_new_content (PealSimCall *call, guint name);
/* As it is told to the peer. */
PealContent *peal_sim_describe (const PealSimContent *content);
/* A transport of that number. */
PealOpen *peal_sim_transport (guint number);
/* Its contents with their senders, as words; given. */
char *peal_sim_has (const PealSimCall *call);
/* Carries out an action about a content. */
void peal_sim_carry_out (PealSimCall *call, const PealAction *action);

/* --- changes.c: what users change in a call, and how they answer --- */
void peal_hands_change (PealSimCall *call, const PealChange *change);
/* Any change, of any content. */
void peal_hands_change_any (PealSimCall *call);
/* The call is agreed: the user's changes begin. */
void peal_hands_begin_changes (PealSimCall *call);
/* The peer changed something that wants an answer. */
void peal_hands_consider (PealSimCall *call, PealSimContent *content);
/* Presses the button @input, whatever the state. */
void peal_hands_press (PealSimCall *call, PealSessionInput input);
/* Whether a device of another make answers @asked by itself, as its kind does. */
gboolean peal_habit_answers (PealSimCall *call, const PealParcel *asked);
/* What such a device makes of what it sends. */
void peal_habit_sends (const PealSimCall *call, PealJingle *message);
