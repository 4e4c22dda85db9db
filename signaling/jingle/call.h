/* One call of an endpoint: its proposal, its session, its slots. Private to the endpoint. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/im/quota.h"
#include "signaling/jingle/invite.h"
#include "signaling/jingle/quirks.h"
#include "signaling/jingle/session.h"
#include "signaling/jingle/slot.h"

typedef enum {
  PEAL_CALL_FINDING = 1, /* ours: which devices are there, what can they do */
  PEAL_CALL_INVITING,    /* ours: proposed (XEP-0353) */
  PEAL_CALL_STARTING,    /* ours: somebody is there; our transport is not describable yet */
  PEAL_CALL_INVITED,     /* theirs: proposed, the user is asked */
  PEAL_CALL_AWAITED,     /* theirs: picked up, the session-initiate is to come */
  PEAL_CALL_OFFERED,     /* theirs: there is a session, the user is asked */
  PEAL_CALL_ANSWERING,   /* theirs: accepted; our transport is not describable yet */
  PEAL_CALL_RUNNING,     /* a session is negotiated or active */
  PEAL_CALL_ENDED,
  PEAL_N_CALL_STAGES,
} PealCallStage;

typedef struct PealCall PealCall;

/* A question somebody else answers later, exactly once; it may outlive the call and the endpoint.
 */
typedef struct {
  PealEndpoint *endpoint; /* NULL: gone */
  PealCall *call;         /* NULL: gone */
  char *full;             /* whom it is about; may be NULL */
  guint token;            /* of the session's message */
  PealInform inform;      /* what that message says of us */
} PealAsk;

struct PealCall {
  PealEndpoint *endpoint;
  char *sid, *peer; /* bare until somebody picked up, then full */
  char *called;     /* ours: the bare address that was called */
  PealBucket said;  /* theirs: what they say within the session */
  gboolean outgoing, contact;
  gboolean untold;      /* the user never hears of it */
  gboolean shown;       /* the peer has a directed presence of ours */
  gboolean turned_away; /* theirs: the peer hears that we are busy, the user only that it was so */
  gboolean accepted;    /* by the user here */
  /* XEP-0167 §8: who does not want to hear for a while, and who says nothing */
  gboolean holds, mutes, peer_holds;
  guint retold; /* how often in a row what we do was told anew */
  PealCallStage stage;
  PealCallPolicy policy; /* strings owned */
  PealInvite *invite;
  PealSession *session;
  PealInviteState invite_was; /* as far as it was told */
  PealSessionState session_was;
  PealEvent ended;     /* to be told when the slots are closed; NONE: nothing */
  PealEvent last;      /* counters of contents that are gone; STATS */
  char *media;         /* "audio,video": of the proposal or the offer; NULL: not known yet */
  GPtrArray *slots;    /* of PealSlot * */
  GPtrArray *carriers; /* of PealCarrier * */
  GPtrArray *spares;   /* of PealSlot *: opened at the proposal, before contents were known */
  PealCarrier *spare;  /* likewise; NULL: none */
  GPtrArray *dead_slots, *dead_carriers; /* closed on the next turn of the main context */
  guint32 asked;       /* by wish (peal_call_bit): the user wants ours sent, whoever adds it */
  guint32 had;         /* by wish: there was a slot of it */
  guint opened;        /* slots so far */
  gboolean grouped;    /* our offer bundles */
  gboolean bundled;    /* the peer's answer was looked at for what it bundles */
  PealHabits habits;   /* of the peer's client */
  GPtrArray *refusals; /* of PealContent *: what we do not take, for who needs it named */
  GPtrArray *held;     /* of PealContent *: the peer's transports, not applied before we accept */
  guint asks;          /* caps still unknown */
  gint64 deadline;     /* of finding; G_MAXINT64: none */
  gint64 accepted_at, active_at;
  gboolean two_components;
  GError *trouble; /* why a content of the offer cannot be */
  PealReasonCondition trouble_reason;
};

/* Strings and arrays are the copy's own; what wishes point to is not. */
void peal_call_policy_copy (PealCallPolicy *into, const PealCallPolicy *from);
void peal_call_policy_clear (PealCallPolicy *policy);
/* Wishes of @from take the place of those of @into. */
void peal_call_policy_wish (PealCallPolicy *into, const PealCallPolicy *from);
/* What the user wants of contents of @application; NULL: nothing. */
const PealWish *peal_call_wish (const PealCall *call, const PealApplication *application);
/* The bit that stands for @wish in what a call remembers of its wishes. */
guint32 peal_call_bit (const PealCall *call, const PealWish *wish);

/* A call that does nothing yet; all is copied. The endpoint frees it, by its sweeper. */
PealCall *peal_call_new (PealEndpoint *endpoint, const char *sid, const char *peer,
                         const PealCallPolicy *policy);
void peal_call_free (gpointer call);

/* Ours: find out whom to ring, then ring. */
void peal_call_find (PealCall *call);
/* A presence came. */
void peal_call_noticed (PealCall *call, const char *full);
/* Patience with presences or devices ended. */
void peal_call_find_on (PealCall *call);
/* Ours: ring by proposal, or by session-initiate to @full. */
void peal_call_invite (PealCall *call);
void peal_call_direct (PealCall *call, const char *full);
/* Theirs. */
/* @delay (XEP-0203 stamp, real time µs; 0: none), @crosses: our own open proposal's id, or NULL.
 * One that comes too late, or loses a tie-break, is over at once and the user never hears of it. */
void peal_call_invited (PealCall *call, const PealInviteMessage *propose, gint64 delay,
                        const char *crosses);
void peal_call_initiated (PealCall *call, const PealJingle *initiate, xmpp_stanza_t *iq);

/* --- what runs, in call_slots.c --- */

/* The slot of @content: by creator and name, or by name alone where the creator is wrong (Dino
 * always says initiator); NULL: there is none. */
PealSlot *peal_call_slot (PealCall *call, const PealContent *content);
/* The slot of a kind of content ("audio"); NULL: none. */
PealSlot *peal_call_slot_of (PealCall *call, const char *media);
/* Opens one of @wish, which is on no carrier yet. */
PealSlot *peal_call_open_slot (PealCall *call, const char *name, const PealWish *wish);
/* The same before its content is known: peal_call_open_slot takes it if it fits. */
void peal_call_open_spare (PealCall *call, const PealWish *wish);
/* Opens a transport for @content and those that will share it; takes the spare one if it fits. */
PealCarrier *peal_call_open_carrier (PealCall *call, const PealMethod *method, const char *content);
/* What a transport that is opened or offered now must have: beside an encrypted one no plain one is
 * taken, also where policy takes plain calls. */
PealEncryption peal_call_encryption (const PealCall *call);
/* Whether the peer has had so many opened and dropped at once that it gets no more for now. */
gboolean peal_call_is_worn (const PealCall *call);
/* @slot is carried by @carrier from now on; whatever carried it before goes when nothing is left.
 */
void peal_call_carry (PealCall *call, PealSlot *slot, PealCarrier *carrier);
/* @slot is not on @carrier any more; NULL: it was on none. */
void peal_call_leave (PealCall *call, PealSlot *slot, PealCarrier *carrier);
/* The slot, or a carrier without slots, is not used any more. */
void peal_call_drop (PealCall *call, PealSlot *slot);
void peal_call_drop_carrier (PealCall *call, PealCarrier *carrier);
/* What was opened for contents that did not come; closed by the next sweep. */
void peal_call_drop_spares (PealCall *call);
/* Media of @slot begin: both sides agreed. */
void peal_call_start_slot (PealCall *call, PealSlot *slot);
/* Tells the user of contents that are agreed on and have a path. */
void peal_call_tell_connections (PealCall *call);
/* The slot cannot go on: ends the call, or only this content where others are left. @why is of
 * domain PEAL_CAUSE. */
void peal_call_lose (PealCall *call, PealSlot *slot, PealReasonCondition reason, const GError *why);
/* Closes what was dropped. Not from inside events of slots and carriers. */
void peal_call_sweep (PealCall *call);
/* Closes all of them; their last counters go into @ended. */
void peal_call_close_slots (PealCall *call, PealEvent *ended);
/* Tells the user of a content; @reason may be NULL. */
void peal_call_tell_content (PealCall *call, PealEventKind kind, const PealSlot *slot, PealBy by,
                             const char *reason);

/* --- contents in the negotiation, in call_contents.c --- */

/* The peer offers @content, in its session-initiate or by content-add. */
void peal_call_open_content (PealCall *call, const PealContent *content, gboolean added);
/* The peer's answer to an offer of ours. */
void peal_call_agree_content (PealCall *call, const PealContent *content);
/* The peer told more of its transport. */
void peal_call_apply (PealCall *call, PealSlot *slot, const PealContent *content);
/* Ends the call because of one content; why it cannot be decides the reason. */
void peal_call_refuse (PealCall *call, PealReasonCondition reason, const GError *why);

/* --- BUNDLE (XEP-0338), in call_bundle.c --- */

/* The <group/> of our offer, and that of our answer; NULL: none. */
GPtrArray *peal_call_offer_groups (PealCall *call);
GPtrArray *peal_call_answer_groups (PealCall *call);
/* The carrier of an offered content that shares one with a content taken before; NULL: its own. */
PealCarrier *peal_call_shared (PealCall *call, const PealContent *offered,
                               const PealMethod *method);
/* The peer answered: what it bundles moves to one transport. */
void peal_call_bundle (PealCall *call);

/* --- changes in a running call, in call_change.c --- */

/* A carrier can be described: what waited for that is said. */
void peal_call_changes_go_on (PealCall *call);
/* A carrier was connected: slots that wait for it move to it. */
void peal_call_switch (PealCall *call, PealCarrier *carrier);
/* What the session tells of them. */
void peal_call_changed (PealCall *call, const PealAction *action);
/* Adds a content of ours. FALSE with @error in words for the user. */
gboolean peal_call_add (PealCall *call, const PealWish *wish, GError **error);

/* --- new paths (ICE restart), in call_restart.c --- */

void peal_call_weakened (PealCall *call, PealCarrier *carrier);
gint64 peal_call_restart_deadline (const PealCall *call);
void peal_call_restart_tick (PealCall *call, gint64 now);
/* The peer began anew. */
void peal_call_restarted (PealCall *call, PealCarrier *carrier);
/* Tells the peer our new credentials, of all contents on @carrier at once. */
void peal_call_tell_renewed (PealCall *call, PealCarrier *carrier);

/* The user's will. */
void peal_call_accept (PealCall *call);
/* The session of a proposal the user had accepted came: answers it. */
void peal_call_accept_now (PealCall *call);
/* Starts or answers the session once our transports can be described. */
void peal_call_go_on (PealCall *call);
/* Ends it whatever it is doing; @why (may be NULL) becomes the sentence. A proposal that rings here
 * ends without a word: it may still ring on other devices of ours, and the caller need not know
 * that we are here. */
void peal_call_end (PealCall *call, PealReasonCondition reason, PealCause cause, const GError *why);
/* The same by the user's word, which a proposal is told as well. */
void peal_call_reject (PealCall *call, PealReasonCondition reason);
/* It is over: nothing is told or done any more, and on the next turn of the main context it is
 * closed. */
void peal_call_over (PealCall *call, PealCause cause, PealReasonCondition reason, PealBy by,
                     const char *text);

/* Closes the slots and tells the user. Not from inside their events. */
void peal_call_close (PealCall *call);
/* The only way to change the stage. */
void peal_call_enter (PealCall *call, PealCallStage stage);

/* A call of the peer's goes on in the place of this one (tie-break): ends it, telling the user
 * nothing. */
void peal_call_replaced (PealCall *call);

/* --- session-info (XEP-0167 §8), in call_inform.c --- */

/* The user holds or mutes: done at once, and told to the peer when the session is active. */
void peal_call_control (PealCall *call, PealControl control, int value, const char *text);
/* What was said of the call before @slot was there goes for it too. */
void peal_call_control_slot (PealCall *call, PealSlot *slot);
/* The session is active: tells what the user did before. */
void peal_call_inform_all (PealCall *call);
/* The slot of the voice, or of what stands for it; NULL: none. */
PealSlot *peal_call_voice (PealCall *call);
/* session-info about the voice, or what stands for it; and about @slot. */
void peal_call_inform (PealCall *call, PealInform what);
void peal_call_inform_of (PealCall *call, PealSlot *slot, PealInform what);
/* What one of ours says, and what to do when it was lost with the stream. */
PealInform peal_call_informs (PealCall *call, const PealJingle *message);
void peal_call_inform_again (PealCall *call, PealInform lost);
/* The peer said @info, or changed senders of @slot. */
void peal_call_informed (PealCall *call, const PealOpen *info);
void peal_call_directed (PealCall *call, PealSlot *slot, PealSenders senders);

/* --- what the user changes in a running call, in call_wish.c --- */

gboolean peal_call_send_content (PealCall *call, const char *media, gboolean on, GError **error);
gboolean peal_call_restart (PealCall *call, GError **error);

/* What the peer's client is known by, looked at again. */
void peal_call_recognise (PealCall *call, const PealJingle *message);

/* Carries out what the machines ask for, until they are drained. */
void peal_call_drain (PealCall *call);
gint64 peal_call_deadline (PealCall *call);
void peal_call_tick (PealCall *call, gint64 now);

/* Tells the user; fills in call and peer. Takes what the event owns. */
void peal_call_tell (PealCall *call, PealEvent *event);
void peal_call_tell_kind (PealCall *call, PealEventKind kind, PealBy by);
/* Adds to what kinds of content the call has, as events name them. */
void peal_call_note_media (PealCall *call, const char *media);

/* --- what the endpoint offers its calls --- */

/* What the endpoint was made with; borrowed. */
const PealEndpointSetup *peal_endpoint_setup (PealEndpoint *endpoint);
PealAsk *peal_endpoint_ask (PealEndpoint *endpoint, PealCall *call, const char *full);
/* The call of an answered ask, or NULL; the ask is gone afterwards. */
PealCall *peal_endpoint_answered (PealAsk *ask);
/* Sets the one timer to the earliest deadline. */
void peal_endpoint_arm (PealEndpoint *endpoint);
void peal_endpoint_forget (PealEndpoint *endpoint, PealCall *call);
/* Sweeps on the next turn of the main context. */
void peal_endpoint_sweep_soon (PealEndpoint *endpoint);
/* The best allowed method for @application, and one for an element the peer offers. */
const PealMethod *peal_endpoint_method (PealEndpoint *endpoint, const PealApplication *application,
                                        const PealCallPolicy *policy, const PealElement *element);
const PealApplication *peal_endpoint_application (PealEndpoint *endpoint,
                                                  const PealOpen *description);
