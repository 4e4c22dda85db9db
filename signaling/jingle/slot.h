/* One content of a call as it runs: an application's medium on a method's transport. Private to the
 * endpoint.
 *
 * A slot is opened while it rings, so that candidates, pipelines and certificates are there when
 * the call is answered; it starts when both sides agreed. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/endpoint.h"

typedef struct PealSlot PealSlot;

typedef struct {
  void (*describable) (gpointer user, PealSlot *slot);
  void (*transport) (gpointer user, PealSlot *slot, PealTransportState state, const PealPath *path,
                     const GError *why);
  void (*event) (gpointer user, PealSlot *slot, PealEvent *event);
  void (*failed) (gpointer user, PealSlot *slot, const GError *why);
} PealSlotEvents;

typedef struct {
  const char *name; /* of the content */
  gboolean initiator;
  gboolean hide_address;
  gboolean two_components;
  const PealWish *wish; /* its application is the content's */
  const PealMethod *method;
  const PealCallPolicy *policy; /* outlives the slot */
  GPtrArray *services;
  PealLoop *loop;
} PealSlotSetup;

struct PealSlot {
  char *name;
  gboolean initiator;
  const PealApplication *application;
  const PealMethod *method;
  PealContentPlan plan;
  PealTransport *transport;
  PealMedium *medium;
  gpointer local, remote; /* descriptions, owned */
  gboolean describable, described, started, connected, closed;
  PealCreator creator;
  PealSenders senders;
  const PealSlotEvents *events;
  gpointer user;
};

/* Opens transport and medium; events follow on the endpoint's context. */
PealSlot *peal_slot_new (const PealSlotSetup *setup, const PealSlotEvents *events, gpointer user);
/* Closes both; @last (may be NULL) gets the last counters. Not from inside its events. */
void peal_slot_free (PealSlot *slot, PealEvent *last);

/* The same without the last counters. */
void peal_slot_drop (PealSlot *slot);

/* A slot opened before its content was known is that content's now. */
void peal_slot_rename (PealSlot *slot, const char *name);

/* Makes our offer. FALSE with @error. */
gboolean peal_slot_offer (PealSlot *slot, GError **error);
/* Takes the peer's offer (only read) and our answer to it (taken). */
void peal_slot_answer (PealSlot *slot, gconstpointer offer, gpointer answer);
/* Takes the peer's answer to our offer; NULL: it said nothing, ours stands. */
gboolean peal_slot_agree (PealSlot *slot, gconstpointer answer, PealReasonCondition *why,
                          GError **error);

/* The <content/> for session-initiate and session-accept. Given. */
PealContent *peal_slot_content (PealSlot *slot);
/* What was not told of our transport yet, for transport-info; NULL: nothing. Given. */
PealOpen *peal_slot_news (PealSlot *slot);

/* What the user does to it, passed on to the medium. */
void peal_slot_control (PealSlot *slot, PealControl control, int value, const char *text);

/* Lets media flow once the lanes open. */
void peal_slot_start (PealSlot *slot);
/* Who may send from now on; whether we may. */
void peal_slot_direct (PealSlot *slot, PealSenders senders);
gboolean peal_slot_sends (const PealSlot *slot);
