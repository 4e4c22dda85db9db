/* What the files of the session machine share: its struct, and what they ask of one another. */
// SPDX-License-Identifier: MIT
#pragma once

#include "signaling/jingle/ending.h"
#include "signaling/jingle/negotiation.h"
#include "signaling/jingle/session.h"

/* A content that we do not have, and that the peer may still speak of. */
typedef struct {
  char *name;
  PealCreator creator;
  guint until;   /* token of a request of ours, with whose answer the peer knows; 0: it does */
  gboolean kept; /* it would not let go of it: the name is taken */
} PealBygone;

struct PealSession {
  char *sid, *self, *peer;
  gboolean initiator;
  PealSessionState state;
  gint64 now, deadline, ring_timeout;
  GPtrArray *negotiations; /* of PealNegotiation *: contents that are not gone */
  PealJingle *greeting;    /* the message the peer's groups came in */
  GQueue actions;          /* of PealAction * */
  GPtrArray *held;         /* of PealJingle *: transport-infos that wait for a sign of the peer */
  PealEnding ending;
  char *ending_text;
  guint tokens;                      /* last one given */
  guint initiate, accept, terminate; /* tokens of these requests */
  GPtrArray *refusals;               /* of PealContent *, owned: as they will stand in our answer */
  GArray *bygone;                    /* of PealBygone */
  GPtrArray *heard, *gone;           /* messages and contents that actions may still point to */
  gboolean drained;                  /* no action is left, and the last one was carried out */
};

/* --- session.c --- */

/* Begins an input: what the actions of the last one pointed to goes, if they were drained. */
void peal_session_begin (PealSession *session, gint64 now);
/* Ends an input: sends what was held back, if it may go now. */
void peal_session_settle (PealSession *session);

/* The only way to change the state; tells the user. */
void peal_session_enter (PealSession *session, PealSessionState state);

/* Queues an action, and one about @content (borrowed: kept in .gone or .heard until drained). */
void peal_session_emit (PealSession *session, PealAction action);
void peal_session_emit_content (PealSession *session, PealContentWhat what,
                                const PealContent *content);

/* Who ended or refused something, and how. */
typedef struct {
  PealBy by;
  PealReasonCondition reason;
  PealCondition condition;
} PealWhy;

/* The endpoint closes the content, if it has it: STOP. Contents of unknown tables were never
 * opened. */
void peal_session_stop (PealSession *session, PealNegotiation *negotiation, const PealWhy *why);
/* The same, and out of the list. */
void peal_session_drop (PealSession *session, PealNegotiation *negotiation, const PealWhy *why);
/* How many contents the endpoint has. */
guint peal_session_count_open (const PealSession *session);
/* XEP-0166 §6.6: a session whose last content went ends. @by is who took it away. */
void peal_session_end_if_void (PealSession *session, PealBy by);
/* It is over: stops all contents, tells the peer when @tell, and enters ENDING or ENDED. */
void peal_session_end (PealSession *session, const PealEnding *ending, gboolean tell);

/* Which row of the table of reasons counts now. */
PealPhase peal_session_phase (const PealSession *session);

/* The content that @content of a message means: by creator and name, or by name alone where the
 * creator is wrong (Dino always says initiator). */
PealNegotiation *peal_session_find (const PealSession *session, const PealContent *content);
/* The one of this name that the endpoint has; NULL: none. */
PealNegotiation *peal_session_named (const PealSession *session, const char *name);
/* Whether what was agreed may be changed: ACCEPTING or ACTIVE. */
gboolean peal_session_is_agreed (const PealSession *session);

/* --- session_say.c --- */

/* A message of ours, to be filled and sent; sending takes it and returns its token. */
PealJingle *peal_session_compose (PealSession *session, PealJingleAction action);
guint peal_session_send (PealSession *session, PealJingle *message);
/* Sends @action about one content, with what of @parts (taken; may be NULL) there is: senders,
 * description, transport; and a reason, if any. */
void peal_session_say_about (PealSession *session, PealNegotiation *negotiation,
                             PealJingleAction action, PealContent *parts,
                             PealReasonCondition reason);
/* An array given to us, as the codec wants it: without a free function of its own. */
GPtrArray *peal_session_adopt (GPtrArray *array);
PealReason *peal_session_reason (PealReasonCondition condition, const char *text);
/* Both arrays are taken. */
void peal_session_say_initiate (PealSession *session, GPtrArray *contents, GPtrArray *groups);
guint peal_session_say_terminate (PealSession *session, const PealEnding *ending);

/* --- session_hear.c --- */

/* Tells the machine of each content of @message, and the endpoint with @what (0: nothing) where it
 * has it. */
void peal_session_hear_each (PealSession *session, const PealJingle *message, PealContentWhat what);

/* Whether there is a table for it. */
gboolean peal_session_knows (const PealOpen *open);
/* Keeps @message for its groups. */
void peal_session_greet (PealSession *session, const PealJingle *message);

/* The session-initiate that makes us responder: checks, replies, opens. */
void peal_session_hear_initiate (PealSession *session, const PealJingle *initiate, gpointer iq);

/* --- session_contents.c --- */

PealCondition peal_session_check_add (const PealSession *session, const PealJingle *message);
void peal_session_hear_add (PealSession *session, const PealJingle *message);
void peal_session_hear_modify (PealSession *session, const PealJingle *message);
/* content-remove and -reject. One that names nothing (stanza.js) is about our oldest content-add.
 */
gboolean peal_session_has_proposed (const PealSession *session);
void peal_session_hear_remove (PealSession *session, const PealJingle *message);

/* We let go of a content: by content-reject or content-remove. FALSE: not now. */
gboolean peal_session_let_go (PealSession *session, PealNegotiation *negotiation,
                              PealJingleAction action, PealReasonCondition reason);
/* Says the open content-modify of @negotiation. */
void peal_session_say_modify (PealSession *session, PealNegotiation *negotiation);
/* REFUSED and MODIFIED. */
void peal_session_tell_refused (PealSession *session, const PealNegotiation *negotiation,
                                PealJingleAction action, const PealWhy *why);
void peal_session_tell_modified (PealSession *session, const PealNegotiation *negotiation,
                                 PealBy by);

/* --- session_answers.c --- */

/* Our session-initiate or session-accept came back with @condition, NONE meaning that nothing came.
 */
void peal_session_refused (PealSession *session, PealCondition condition);
/* Time passed: what is said or told of contents that wait since too long. */
void peal_session_tick_contents (PealSession *session);

/* --- session_replace.c --- */

gboolean peal_session_has_replaced (const PealSession *session);
void peal_session_hear_replace (PealSession *session, const PealJingle *message);
void peal_session_hear_transport_accept (PealSession *session, const PealJingle *message);
void peal_session_hear_transport_reject (PealSession *session, const PealJingle *message);
/* KEPT because @action failed, if the endpoint has the content. */
void peal_session_tell_kept (PealSession *session, PealNegotiation *negotiation,
                             PealJingleAction action, const PealWhy *why);

/* --- session_bygone.c --- */

/* The peer may still speak of @content (only read), which is none of ours, or no more; it does not
 * know before it answers @until; NEVER: it will not know. */
#define PEAL_NEVER G_MAXUINT
void peal_session_remember (PealSession *session, const PealContent *content, guint until);
/* Whether it may of one of that name; or, before it knows, mean @content, not another of its name.
 */
gboolean peal_session_remembers (const PealSession *session, const char *name);
gboolean peal_session_means_bygone (const PealSession *session, const PealContent *content);
/* Whether it would not let go of one of that name. */
gboolean peal_session_kept_by_peer (const PealSession *session, const char *name);
/* The peer answered @token. */
void peal_session_knows_now (PealSession *session, guint token);
/* A content-add of the peer's was refused; it may go on about its contents before it hears so. */
void peal_session_forgo (PealSession *session, const PealJingle *message);
