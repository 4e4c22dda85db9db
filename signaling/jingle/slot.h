/* One content of a call as it runs: an application's medium on a transport of the call. Private to
 * the endpoint.
 *
 * A slot is opened while it rings, so that candidates, pipelines and certificates are there when
 * the call is answered; it starts when both sides agreed. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/carrier.h"

/* How far a content is that is not of the session from its beginning. */
typedef enum {
  PEAL_SLOT_SETTLED = 0, /* it is of the session */
  PEAL_SLOT_ADDING,      /* ours; its transport is not describable yet */
  PEAL_SLOT_PROPOSED,    /* ours; the peer is asked */
  PEAL_SLOT_TAKING,      /* theirs; its transport is not describable yet */
} PealSlotStage;

typedef struct {
  void (*event) (gpointer user, PealSlot *slot, PealEvent *event);
  void (*failed) (gpointer user, PealSlot *slot, const GError *why);
} PealSlotEvents;

typedef struct {
  const char *name; /* of the content */
  gboolean initiator;
  const PealWish *wish; /* its application is the content's; outlives the slot */
  PealLoop *loop;
} PealSlotSetup;

struct PealSlot {
  char *name;
  gboolean initiator;
  const PealWish *wish;
  const PealApplication *application;
  PealContentPlan plan;
  PealCarrier *carrier; /* the call's; NULL until it is known */
  PealCarrier *next;    /* takes its place once it is connected (transport-replace); NULL: none */
  PealMedium *medium;
  gpointer local, remote; /* descriptions, owned */
  PealSlotStage stage;
  gboolean started, connected; /* media run; the user was told of the path */
  gboolean answering;          /* @next is not described to the peer yet */
  gboolean narrowed;           /* our answer is narrower than the offer */
  gboolean willing;            /* the user would send it: senders alone open no camera */
  gboolean mutes, peer_mutes;  /* what was said of it by session-info */
  gboolean yields;             /* ours; the peer's crossed it and counts */
  gboolean dead;               /* closed soon: nothing of it is told any more */
  GError *broken;              /* why it cannot be, found before it can be removed */
  GPtrArray *early; /* of PealContent *: the peer's transports that came before its answer */
  PealCreator creator;
  PealSenders senders;
  PealLoop *loop;
  const PealSlotEvents *events;
  gpointer user;
};

/* Opens its medium; events follow on the endpoint's context. */
PealSlot *peal_slot_new (const PealSlotSetup *setup, const PealSlotEvents *events, gpointer user);
/* Closes it and its lanes; @last (may be NULL) gets the last counters. Not from inside its events,
 * and before its carrier. */
void peal_slot_free (PealSlot *slot, PealEvent *last);

/* A slot opened before its content was known is that content's now. */
void peal_slot_rename (PealSlot *slot, const char *name);

/* Makes our offer. FALSE with @error. */
gboolean peal_slot_offer (PealSlot *slot, GError **error);
/* Takes the peer's offer (only read) and our answer to it (taken). */
void peal_slot_answer (PealSlot *slot, gconstpointer offer, gpointer answer);
/* Takes the peer's answer to our offer; NULL: it said nothing, ours stands. */
gboolean peal_slot_agree (PealSlot *slot, gconstpointer answer, PealReasonCondition *why,
                          GError **error);
/* The peer describes itself anew (description-info): media hear of it if it is news that can be. */
void peal_slot_inform (PealSlot *slot, gconstpointer description);

/* The <content/> of our offer or answer. Given. */
PealContent *peal_slot_content (PealSlot *slot);

/* What the user does to it, passed on to the medium. */
void peal_slot_control (PealSlot *slot, PealControl control, int value, const char *text);

/* Lets media flow once the lanes open. */
void peal_slot_start (PealSlot *slot);
/* Media begin again by the lanes of another carrier, which is its own from now on. @last as in
 * peal_slot_free. Not from inside its events. */
void peal_slot_switch (PealSlot *slot, PealCarrier *carrier, PealEvent *last);
/* Both have started: they are told of one another. */
void peal_slot_join (PealSlot *slot, PealSlot *other);
/* Who may send from now on; whether we may, whether we do, and whether the peer may. */
void peal_slot_direct (PealSlot *slot, PealSenders senders);
gboolean peal_slot_may_send (const PealSlot *slot);
gboolean peal_slot_sends (const PealSlot *slot);
gboolean peal_slot_receives (const PealSlot *slot);
/* The user would send it, or not. */
void peal_slot_will (PealSlot *slot, gboolean willing);

/* Senders where @initiator's and @responder's are allowed. */
PealSenders peal_slot_senders (gboolean initiator, gboolean responder);
/* What senders are with ours, or without. */
PealSenders peal_slot_with (const PealSlot *slot, gboolean ours);
/* @senders, and then what is left of them where our side sends or receives only as told. */
PealSenders peal_slot_narrow (const PealSlot *slot, gboolean send, gboolean receive);
