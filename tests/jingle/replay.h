/* Calls that real programs made, out of tests/vectors: what each side said, in order, to be said
 * again to an endpoint of ours in the other's place. */
// SPDX-License-Identifier: MIT
#pragma once

#include <glib.h>
#include <strophe.h>

typedef struct {
  char *from, *to; /* the local parts of addresses: "alice"; @to may be NULL */
  xmpp_stanza_t *stanza;
} ReplayLine;

typedef struct {
  xmpp_ctx_t *context;
  GPtrArray *lines;      /* of ReplayLine *, in order */
  char *caller, *callee; /* NULL: there is no call in it */
  char *sid;
  gboolean proposed;  /* begins by XEP-0353 */
  gboolean file;      /* is no call but a file */
  GHashTable *media;  /* content name → "audio", "video" */
  GPtrArray *offered; /* of char *: media of session-initiate */
} Replay;

Replay *replay_read (const char *path);
void replay_free (Replay *replay);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Replay, replay_free)

/* What a line is: "session-accept", "propose"; NULL where it is neither Jingle nor XEP-0353. */
const char *replay_action (const ReplayLine *line);
/* The reason that an action has: "success"; NULL: none. */
const char *replay_reason (const ReplayLine *line);
/* Whether it is an answer or an offer with a content of @media. */
gboolean replay_has_media (const ReplayLine *line, const char *media);
/* Whether the first offer has a content of @media. */
gboolean replay_offers (const Replay *replay, const char *media);
/* "get" or "set" of an iq. */
gboolean replay_asks (const ReplayLine *line);
/* How @line, a request, was answered: "result", "error"; NULL: not within the trace. */
const char *replay_answer (const Replay *replay, const ReplayLine *line);

typedef struct {
  const char *speaker, *us; /* full addresses that take the places of sender and receiver */
  const char *id, *sid;     /* of the stanza and of the session; @sid NULL: as it was */
  gboolean our_names;       /* contents are called by their media, as ours are */
} ReplayCast;

/* @line as @cast says it. Free with g_free. */
char *replay_line (const Replay *replay, const ReplayLine *line, const ReplayCast *cast);
