/* `peal call JID`: places one call and leaves with how it ended. */
// SPDX-License-Identifier: MIT
#include "cli/command.h"
#include "cli/phone.h"
#include "signaling/wire/jid.h"

typedef struct {
  PealPhone *phone;
  char *jid;
  gboolean called;
} Job;

static void
online (gpointer user)
{
  Job *job = user;
  if (!job->called)
    peal_phone_call (job->phone, job->jid);
  job->called = TRUE;
}

static gboolean
heard (gpointer user, const PealEvent *event)
{
  Job *job = user;
  if (event->kind != PEAL_EVENT_ENDED)
    return FALSE;
  peal_phone_finish (job->phone, event);
  return TRUE;
}

int
peal_command_call (const PealOptions *options)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *jid = peal_jid_prepare (options->arguments[0], &error);
  Job job = { .jid = jid };
  PealPhoneSetup setup = { .options = options, .online = online, .event = heard, .user = &job };
  g_autoptr(PealPhone) phone = peal_phone_new (&setup);
  job.phone = phone;
  if (!jid) {
    g_autofree char *text =
        g_strdup_printf ("\"%s\" is no address: %s", options->arguments[0], error->message);
    peal_client_finish (peal_phone_client (phone), PEAL_CAUSE_USAGE, text,
                        "write it as NAME@SERVER");
  }
  return peal_phone_run (phone);
}
