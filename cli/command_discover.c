/* `peal discover`: what an address is, what it can do, and which of that peal can use. */
// SPDX-License-Identifier: MIT
#include <string.h>

#include "cli/client.h"
#include "cli/command.h"
#include "signaling/wire/condition.h"
#include "signaling/wire/jid.h"

/* What we have a use for, in the order of telling. */
static const struct {
  const char *feature, *meaning;
} useful[] = {
  { "urn:xmpp:jingle:1", "calls" },
  { "urn:xmpp:jingle:apps:rtp:audio", "voice" },
  { "urn:xmpp:jingle:apps:dtls:0", "encryption end to end" },
  { "urn:xmpp:jingle:transports:ice-udp:1", "ICE" },
  { "urn:xmpp:jingle-message:0", "ringing all devices" },
  { "urn:xmpp:extdisco:2", "STUN and TURN services" },
  { "urn:xmpp:carbons:2", "carbons" },
};

typedef struct {
  const PealOptions *options;
  PealClient *client;
  char *jid;        /* prepared */
  GPtrArray *asked; /* of Question: answers that are missing */
  gboolean begun;
} Job;

typedef struct {
  Job *job;
  char *jid;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->jid);
  g_free (question);
}

static Question *
question_new (Job *job, const char *jid)
{
  Question *question = g_new0 (Question, 1);

  question->job = job;
  question->jid = g_strdup (jid);
  g_ptr_array_add (job->asked, question);
  return question;
}

/* The answer of @question was dealt with. */
static void
answered (Question *question)
{
  Job *job = question->job;

  g_ptr_array_remove (job->asked, question);
  if (!job->asked->len)
    peal_client_finish (job->client, PEAL_CAUSE_SUCCESS, NULL, NULL);
}

/* --- telling --- */

static const char *
meaning_of (const char *feature)
{
  for (gsize i = 0; i < G_N_ELEMENTS (useful); i++)
    if (g_str_equal (useful[i].feature, feature))
      return useful[i].meaning;
  return NULL;
}

static void
tell (Job *job, PealEventKind kind, const char *jid, const char *name, const char *text)
{
  PealEvent event;

  peal_event_init (&event, kind);
  event.jid = g_strdup (jid);
  event.name = g_strdup (name);
  event.text = g_strdup (text);
  peal_client_event (job->client, &event);
  peal_event_clear (&event);
}

static void
tell_identities (Job *job, const char *jid, const PealDiscoInfo *info)
{
  for (guint i = 0; info->identities && i < info->identities->len; i++) {
    const PealDiscoIdentity *identity = info->identities->pdata[i];
    g_autofree char *name = g_strdup_printf ("identity:%s/%s", identity->category, identity->type);
    tell (job, PEAL_EVENT_FEATURE, jid, name, identity->name);
    peal_printer_result (peal_client_printer (job->client), "  identity  %s/%s%s%s",
                         identity->category, identity->type, identity->name ? "  " : "",
                         identity->name ? identity->name : "");
  }
}

static int
by_name (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const PealDiscoFeature *const *) a)->var,
                 (*(const PealDiscoFeature *const *) b)->var);
}

static void
tell_features (Job *job, const char *jid, const PealDiscoInfo *info)
{
  g_autoptr(GPtrArray) sorted = g_ptr_array_new ();

  if (info->features)
    g_ptr_array_extend (sorted, info->features, NULL, NULL);
  g_ptr_array_sort (sorted, by_name);
  for (guint i = 0; i < sorted->len; i++) {
    const PealDiscoFeature *feature = sorted->pdata[i];
    tell (job, PEAL_EVENT_FEATURE, jid, feature->var, meaning_of (feature->var));
    peal_printer_result (peal_client_printer (job->client), "  feature   %s", feature->var);
  }
}

static void
tell_use (Job *job, const PealDiscoInfo *info)
{
  g_autoptr(GString) text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (useful); i++)
    if (peal_disco_has (info, useful[i].feature))
      g_string_append_printf (text, "%s%s", text->len ? ", " : "", useful[i].meaning);
  peal_printer_result (peal_client_printer (job->client), "  supports  %s",
                       text->len ? text->str : "nothing that peal uses");
}

/* --- asking --- */

static PealCause
cause_of (const GError *why)
{
  if (g_error_matches (why, PEAL_CONDITION, PEAL_FEATURE_NOT_IMPLEMENTED))
    return PEAL_CAUSE_UNSUPPORTED;
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return PEAL_CAUSE_TIMEOUT;
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return PEAL_CAUSE_LOST;
  return PEAL_CAUSE_UNREACHABLE;
}

/* The address that was asked for ends the command; a device of it that is gone again does not. */
static void
cannot_ask (Question *question, const GError *why)
{
  Job *job = question->job;
  const char *condition = why->domain == PEAL_CONDITION
                              ? peal_condition_name ((PealCondition) why->code)
                              : why->message;
  g_autofree char *text =
      g_strdup_printf ("%s tells nothing about itself: %s", question->jid, condition);

  if (!g_str_equal (question->jid, job->jid))
    peal_printer_say (peal_client_printer (job->client), "%s", text);
  else
    peal_client_finish (job->client, cause_of (why), text,
                        "check the address; of a user who does not share presence with you, name "
                        "the device as well");
}

static void
info_known (gpointer user, const PealDiscoInfo *info, const GError *why)
{
  Question *question = user;
  Job *job = question->job;

  if (info) {
    peal_printer_result (peal_client_printer (job->client), "%s", question->jid);
    tell_identities (job, question->jid, info);
    tell_features (job, question->jid, info);
    tell_use (job, info);
  } else {
    cannot_ask (question, why);
  }
  answered (question);
}

static void
tell_item (Job *job, const PealDiscoItem *item)
{
  g_autofree char *name = g_strjoin (" ", item->name ? item->name : "", item->node, NULL);

  g_strstrip (name);
  tell (job, PEAL_EVENT_ITEM, item->jid, *name ? name : NULL, NULL);
  peal_printer_result (peal_client_printer (job->client), "  item      %s%s%s", item->jid,
                       *name ? "  " : "", name);
}

/* Many who answer disco#info have no items and say so by an error. */
static void
items_known (gpointer user, GPtrArray *items, const GError *why)
{
  Question *question = user;

  for (guint i = 0; items && i < items->len; i++)
    tell_item (question->job, items->pdata[i]);
  answered (question);
}

static void
ask (Job *job, const char *jid)
{
  peal_caps_query (peal_client_caps (job->client), jid, info_known, question_new (job, jid));
}

/* Those who are on our server, and the contacts, are known by the time the account itself answered.
 */
static void
account_known (gpointer user, const PealDiscoInfo *info, const GError *why)
{
  Question *question = user;
  Job *job = question->job;
  g_autoptr(GPtrArray) devices = peal_presences_of (peal_client_presences (job->client), job->jid);

  for (guint i = 0; i < devices->len; i++)
    ask (job, ((PealPresence *) devices->pdata[i])->full);
  if (!devices->len)
    peal_printer_say (peal_client_printer (job->client),
                      "no device of %s can be seen: none is there, or it shows us no presence",
                      job->jid);
  if (!info && devices->len) { /* an account may be mute while its devices talk */
    answered (question);
    return;
  }
  info_known (question, info, why);
}

static void
begin (gpointer user)
{
  Job *job = user;
  gboolean account = strchr (job->jid, '@') && !peal_jid_is_full (job->jid);

  if (job->begun)
    return;
  job->begun = TRUE;
  Question *items = question_new (job, job->jid);
  if (account)
    peal_caps_query (peal_client_caps (job->client), job->jid, account_known,
                     question_new (job, job->jid));
  else
    ask (job, job->jid);
  peal_disco_items (peal_client_port (job->client), job->jid, NULL, items_known, items);
}

int
peal_command_discover (const PealOptions *options)
{
  static const char *const no_features[] = { NULL };
  g_autoptr(GError) error = NULL;
  g_autofree char *jid = peal_jid_prepare (options->arguments[0], &error);
  g_autoptr(GPtrArray) asked = g_ptr_array_new_with_free_func (question_free);
  Job job = { .options = options, .jid = jid, .asked = asked };
  /* Nobody shall write to us or call us here: a negative priority (RFC 6121 §8.5.2.1). */
  const PealClientSetup setup = {
    .options = options,
    .features = no_features,
    .priority = -1,
    .online = begin,
    .user = &job,
  };

  if (!jid) {
    g_printerr ("peal: \"%s\" is no address: %s\n", options->arguments[0], error->message);
    return peal_cause_status (PEAL_CAUSE_USAGE);
  }
  g_autoptr(PealClient) client = peal_client_new (&setup);
  job.client = client;
  return peal_client_run (client);
}
