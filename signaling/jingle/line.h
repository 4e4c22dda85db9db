/* One content of a call as it runs: an application's medium on a method's transport. Private to the endpoint.
 *
 * A line is opened while it rings, so that candidates, pipelines and certificates are there when
 * the call is answered; it starts when both sides agreed. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/endpoint.h"

typedef struct PealLine PealLine;

typedef struct {
  void (*describable) (gpointer user, PealLine *line);
  void (*transport) (gpointer user, PealLine *line, PealTransportState state, const PealPath *path, const GError *why);
  void (*event) (gpointer user, PealLine *line, PealEvent *event);
  void (*failed) (gpointer user, PealLine *line, const GError *why);
} PealLineEvents;

typedef struct {
  const char *name; /* of the content */
  gboolean initiator;
  gboolean hide_address;
  gboolean two_components;
  const PealApplication *application;
  const PealMethod *method;
  const PealCallPolicy *policy; /* outlives the line */
  GPtrArray *services;
  PealLoop *loop;
} PealLineSetup;

struct PealLine {
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
  const PealLineEvents *events;
  gpointer user;
};

/* Opens transport and medium; events follow on the endpoint's context. */
PealLine *peal_line_new (const PealLineSetup *setup, const PealLineEvents *events, gpointer user);
/* Closes both; @last (may be NULL) gets the last counters. Not from inside its events. */
void peal_line_free (PealLine *line, PealEvent *last);

void peal_line_drop (PealLine *line);

/* A line opened before its content was known is that content's now. */
void peal_line_rename (PealLine *line, const char *name);

/* Makes our offer. FALSE with @error. */
gboolean peal_line_offer (PealLine *line, GError **error);
/* Takes the peer's offer (only read) and makes our answer. FALSE with @why for session-terminate. */
gboolean peal_line_answer (PealLine *line, gconstpointer offer, PealReasonCondition *why, GError **error);
/* Takes the peer's answer to our offer; NULL: it said nothing, ours stands. */
gboolean peal_line_agree (PealLine *line, gconstpointer answer, PealReasonCondition *why, GError **error);

/* The <content/> for session-initiate and session-accept. Given. */
PealContent *peal_line_content (PealLine *line);
/* What was not told of our transport yet, for transport-info; NULL: nothing. Given. */
PealOpen *peal_line_news (PealLine *line);

void peal_line_control (PealLine *line, PealControl control, int value, const char *text);

/* Lets media flow once the lanes open. */
void peal_line_start (PealLine *line);
