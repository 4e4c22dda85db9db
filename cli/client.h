/* A command that works with a server: stream, rooms of signaling/im and main loop, from the options
 * to the exit status.
 *
 * How a command uses it:
 *
 *     static void begin (gpointer user) { … peal_client_port (job->client) …}      // logged in
 *     static void stop (gpointer user) { … hang up; then peal_client_finish … }    // Ctrl-C
 *
 *     int
 *     peal_command_call (const PealOptions *options)
 *     {
 *       Job job = { … };
 *       const PealClientSetup setup = { .options = options, .features = features,
 *                                       .online = begin, .interrupted = stop, .user = &job };
 *       g_autoptr(PealClient) client = peal_client_new (&setup);
 *       job.client = client;
 *       // here: peal_loop_new, peal_endpoint_new with peal_client_fill (…), its free before
 * client's return peal_client_run (client);
 *     }
 *
 * peal_client_new never fails: what is wrong (account, password, file) is told by peal_client_run,
 * which then returns at once; test peal_client_works before using the rooms. Events go through
 * peal_client_event. A command ends with the first peal_client_finish: the stream is closed
 * politely (2 s), the closing `ended` event with cause and status is printed, a failure prints its
 * one sentence, peal_client_run returns the status.
 *
 * Ctrl-C, SIGTERM or SIGHUP calls .interrupted once (without one: finish at once); the command then
 * ends what it has and calls peal_client_finish with the cause that came of it; the status is 130,
 * 143 or 129 whatever the cause. A second signal leaves at once. A server that cannot be reached, a
 * wrong password, a bad certificate end the command by themselves; a connection lost later is made
 * again.
 */
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/account.h"
#include "cli/printer.h"
#include "signaling/jingle/endpoint.h"
#include "signaling/trace.h"

typedef struct PealClient PealClient;

typedef struct {
  const PealOptions *options;  /* must outlive the client */
  const char *const *features; /* of disco#info, end with NULL; those of the rooms are added */
  const PealAccount
      *account;         /* NULL: the one that the options mean; read by peal_client_new alone */
  PealPrinter *printer; /* NULL: one of its own */
  gboolean bare;        /* only log in: no presence, roster, carbons or services */
  int priority;         /* of our presence */
  void (*online) (gpointer user);      /* each new session; not when one was resumed */
  void (*interrupted) (gpointer user); /* Ctrl-C or SIGTERM, the first; may be NULL */
  gpointer user;
} PealClientSetup;

/* Never NULL. Runs on the default main context of the thread. */
PealClient *peal_client_new (const PealClientSetup *setup);
void peal_client_free (PealClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PealClient, peal_client_free)

/* FALSE: there is no account, no password, no file to write to; peal_client_run says so. */
gboolean peal_client_works (PealClient *client);

/* Runs until the command is finished; returns the exit status. */
int peal_client_run (PealClient *client);

/* Prints @event; its time is there already (peal_event_init). */
void peal_client_event (PealClient *client, const PealEvent *event);

/* Ends the command; the first counts. @text is one sentence without full stop: what failed and why;
 * @hint what to do about it. Both may be NULL, and are not printed for PEAL_CAUSE_SUCCESS. */
void peal_client_finish (PealClient *client, PealCause cause, const char *text, const char *hint);

/* The same with the `ended` of a call as the closing event, so that it is said once: moved out of
 * @ended, and completed with the status. @text and @hint as above. */
void peal_client_finish_call (PealClient *client, PealEvent *ended, const char *text,
                              const char *hint);

/* The parts; borrowed. NULL unless peal_client_works; but for the port and the printer also NULL of
 * a `bare` client. The printer is always there. */
PealPort *peal_client_port (PealClient *client);
PealCaps *peal_client_caps (PealClient *client);
PealPresences *peal_client_presences (PealClient *client);
PealRoster *peal_client_roster (PealClient *client);
PealPrinter *peal_client_printer (PealClient *client);

/* Fills in port, caps, presences, roster, messages, services and trace of @setup, and an event
 * function that prints (with .user the client) where .event is NULL. */
void peal_client_fill (PealClient *client, PealEndpointSetup *setup);

/* --stun and --turn as an array of PealService * that frees them; NULL when neither was said (the
 * account's services count), or with @error (PEAL_CAUSE_USAGE) when one cannot be read. */
GPtrArray *peal_client_services_of (const PealOptions *options, GError **error);

/* What the options say of calls: encryption, privacy, services (borrowed), method, relay_only,
 * no_trickle, ring_timeout, bind_address. .wishes are the command's. */
PealCallPolicy peal_client_policy (const PealOptions *options, GPtrArray *services);
