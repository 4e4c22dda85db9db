/* The hollow plug-ins: their elements are real, their work is a word passed on the next turn of the
 * main context. */
// SPDX-License-Identifier: MIT
#include "tests/jingle/hollow.h"

#include "media/inform.h"
#include "media/rtp_wire.h"

int hollow_open;

typedef struct {
  char *ufrag, *fingerprint;
} Hollow;

static const PealElement transport_element = {
  "transport",
  "urn:peal:test:hollow",
  sizeof (Hollow),
  (const PealField[]) {
      PEAL_STR (Hollow, ufrag, "ufrag"),
      PEAL_STR (Hollow, fingerprint, "fingerprint"),
      PEAL_END,
  },
};

struct PealTransport {
  PealTransportEvents events;
  gpointer user;
  gboolean plain, nowhere, two_components;
  guint idle, renewal, connecting;
  gboolean told;
  char *ufrag, *remote;
};

/* Of all transports so far, so that no two are alike. */
static guint serial;

static void
renew (PealTransport *transport)
{
  g_free (transport->ufrag);
  transport->ufrag = g_strdup_printf ("u%04u", ++serial);
}

static gboolean
describable (gpointer data)
{
  PealTransport *transport = data;
  transport->idle = 0;
  transport->events.describable (transport->user);
  return G_SOURCE_REMOVE;
}

static PealTransport *
open_transport (const PealTransportSetup *setup, const PealTransportEvents *events, gpointer user)
{
  PealTransport *transport = g_new0 (PealTransport, 1);
  transport->events = *events;
  transport->user = user;
  renew (transport);
  transport->plain = setup->encryption == PEAL_ENCRYPTION_NONE;
  transport->two_components = setup->two_components;
  transport->nowhere = g_strcmp0 (setup->bind_address, "nowhere") == 0;
  if (g_strcmp0 (setup->bind_address, "slow") != 0)
    transport->idle = g_idle_add (describable, transport);
  hollow_open++;
  return transport;
}

static gpointer
describe (PealTransport *transport, gboolean all)
{
  if (!all)
    return NULL;
  Hollow *hollow = peal_element_new (&transport_element);
  hollow->ufrag = g_strdup (transport->ufrag);
  hollow->fingerprint = transport->plain ? NULL : g_strdup ("AB:CD");
  return hollow;
}

static gboolean
connected (gpointer data)
{
  PealTransport *transport = data;
  PealPath path = { .path = "direct",
                    .rtt_ms = 1,
                    .encryption = transport->plain ? "none" : "dtls-srtp" };
  g_autoptr(GError) why =
      g_error_new_literal (PEAL_CAUSE, PEAL_CAUSE_NO_PATH, "no candidate pair worked");
  transport->connecting = 0;
  transport->events.state (transport->user,
                           transport->nowhere ? PEAL_TRANSPORT_FAILED : PEAL_TRANSPORT_CONNECTED,
                           &path, transport->nowhere ? why : NULL);
  transport->told = TRUE; /* it may touch itself after its events */
  return G_SOURCE_REMOVE;
}

static gboolean
judge (const PealTransportSetup *setup, gconstpointer remote, GError **error)
{
  if (setup->encryption != PEAL_ENCRYPTION_REQUIRED || ((const Hollow *) remote)->fingerprint)
    return TRUE;
  g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_SECURITY, "the offer is not encrypted");
  return FALSE;
}

static gboolean
same (gconstpointer former, gconstpointer later)
{
  const char *old = ((const Hollow *) former)->ufrag, *new = ((const Hollow *) later)->ufrag;
  return !old || !new || g_str_equal (old, new);
}

static gboolean
renewed (gpointer data)
{
  PealTransport *transport = data;
  transport->renewal = 0;
  transport->events.describable (transport->user);
  return G_SOURCE_REMOVE;
}

static void
restart (PealTransport *transport)
{
  renew (transport);
  if (!transport->renewal)
    transport->renewal = g_idle_add (renewed, transport);
}

void
hollow_weaken (PealTransport *transport, gboolean weak)
{
  PealPath path = { .path = "direct", .rtt_ms = 1 };
  transport->events.state (transport->user, weak ? PEAL_TRANSPORT_WEAK : PEAL_TRANSPORT_CONNECTED,
                           &path, NULL);
}

void
hollow_lose (PealTransport *transport)
{
  g_autoptr(GError) why = g_error_new_literal (PEAL_CAUSE, PEAL_CAUSE_LOST, "nothing came");
  transport->events.state (transport->user, PEAL_TRANSPORT_FAILED, NULL, why);
}

void
hollow_hear (PealTransport *transport, const char *ufrag)
{
  gboolean other = transport->remote && ufrag && !g_str_equal (transport->remote, ufrag);
  if (!transport->remote || other) {
    g_free (transport->remote);
    transport->remote = g_strdup (ufrag);
  }
  if (other && !transport->renewal) /* who has begun anew has said its own already */
    restart (transport);
  if (!transport->told)
    transport->connecting = g_idle_add (connected, transport);
  transport->told = TRUE;
}

const char *
hollow_ufrag (const PealTransport *transport)
{
  return transport->ufrag;
}

static gboolean
apply (PealTransport *transport, gconstpointer remote, GError **error)
{
  hollow_hear (transport, ((const Hollow *) remote)->ufrag);
  return TRUE;
}

static PealChannel *
lane (PealTransport *transport, const char *content, PealLane which)
{
  return NULL;
}

static void
close_transport (PealTransport *transport)
{
  if (transport->idle)
    g_source_remove (transport->idle);
  if (transport->renewal)
    g_source_remove (transport->renewal);
  if (transport->connecting)
    g_source_remove (transport->connecting);
  g_free (transport->ufrag);
  g_free (transport->remote);
  g_free (transport);
  hollow_open--;
}

gboolean
hollow_has_two_components (const PealTransport *transport)
{
  return transport->two_components;
}

const PealMethod hollow_method = {
  .name = "hollow",
  .element = &transport_element,
  .flow = PEAL_FLOW_DATAGRAM,
  .preference = 1,
  .open = open_transport,
  .describe = describe,
  .judge = judge,
  .same = same,
  .apply = apply,
  .restart = restart,
  .lane = lane,
  .close = close_transport,
};

/* --- the application: XEP-0167's elements, no sound --- */

struct PealMedium {
  gboolean started;
  guint idle;
  HollowConfig *config; /* tells what is done with the medium */
  PealMediumEvents events;
  gpointer user;
};

HollowConfig *
hollow_config_new (void)
{
  HollowConfig *config = g_new0 (HollowConfig, 1);
  config->codec = "hollow";
  return config;
}

static gpointer
describe_codec (const PealContentPlan *plan, PealMedia media)
{
  PealRtpDescription *description = peal_rtp_propose ();
  description->media = media;
  PealPayloadType *type = peal_element_new (&peal_payload_type_element);
  type->id = 96;
  type->name = g_strdup (((const HollowConfig *) plan->config)->codec);
  description->payload_types = g_ptr_array_new ();
  g_ptr_array_add (description->payload_types, type);
  return description;
}

static gpointer
offer (const PealContentPlan *plan, GError **error)
{
  return describe_codec (plan, PEAL_MEDIA_AUDIO);
}

static gpointer
offer_picture (const PealContentPlan *plan, GError **error)
{
  return describe_codec (plan, PEAL_MEDIA_VIDEO);
}

/* What says nothing is sound. */
static gboolean
takes (gconstpointer description)
{
  return ((const PealRtpDescription *) description)->media != PEAL_MEDIA_VIDEO;
}

static gboolean
takes_picture (gconstpointer description)
{
  return !takes (description);
}

static const char *
codec_of (gconstpointer description)
{
  const GPtrArray *types = ((const PealRtpDescription *) description)->payload_types;
  return types && types->len ? ((const PealPayloadType *) types->pdata[0])->name : NULL;
}

static gpointer
answer (const PealContentPlan *plan, gconstpointer theirs, PealReasonCondition *why, GError **error)
{
  if (g_strcmp0 (codec_of (theirs), ((const HollowConfig *) plan->config)->codec) == 0)
    return describe_codec (plan, ((const PealRtpDescription *) theirs)->media);
  *why = PEAL_REASON_FAILED_APPLICATION;
  g_set_error_literal (error, PEAL_CAUSE, PEAL_CAUSE_MEDIA, "no common codec");
  return NULL;
}

static gboolean
agree (gconstpointer ours, gconstpointer theirs, PealReasonCondition *why, GError **error)
{
  return TRUE;
}

static gboolean
sound_fails (gpointer data)
{
  PealMedium *medium = data;
  g_autoptr(GError) why = g_error_new_literal (PEAL_CAUSE, PEAL_CAUSE_MEDIA, "no such device");
  medium->idle = 0;
  medium->events.failed (medium->user, why);
  medium->started = FALSE; /* it may touch itself after its events */
  return G_SOURCE_REMOVE;
}

static void
rename_medium (PealMedium *medium, const char *name)
{
  g_assert_false (medium->started);
  g_strlcpy (medium->config->name, name, sizeof medium->config->name);
}

static PealMedium *
open_medium (const PealMediumSetup *setup, const PealMediumEvents *events, gpointer user)
{
  PealMedium *medium = g_new0 (PealMedium, 1);
  medium->events = *events;
  medium->user = user;
  medium->config = (HollowConfig *) setup->plan->config;
  if (medium->config->no_sound)
    medium->idle = g_idle_add (sound_fails, medium);
  rename_medium (medium, setup->plan->content);
  hollow_open++;
  return medium;
}

static void
start (PealMedium *medium, gconstpointer local, gconstpointer remote,
       PealChannel *const lanes[PEAL_N_LANES], gboolean send, gboolean receive)
{
  g_assert_nonnull (local);
  g_assert_nonnull (remote);
  medium->config->started += !medium->started;
  medium->started = TRUE;
  medium->config->sends = send;
  medium->config->receives = receive;
}

static void
control (PealMedium *medium, PealControl what, int value, const char *text)
{
  if (what == PEAL_CONTROL_MUTE)
    medium->config->muted = value;
  else if (what == PEAL_CONTROL_HOLD)
    medium->config->holds = value;
  else if (what == PEAL_CONTROL_HELD)
    medium->config->held = value;
}

static void
join (PealMedium *medium, const PealApplication *others, PealMedium *other)
{
  g_assert_true (medium->started && other->started && medium != other);
  medium->config->joined++;
}

static void
close_medium (PealMedium *medium, PealEvent *last)
{
  if (medium->idle)
    g_source_remove (medium->idle);
  g_free (medium);
  hollow_open--;
}

const PealApplication hollow_application = {
  .name = "hollow",
  .media = "audio",
  .element = &peal_rtp_description_element,
  .flow = PEAL_FLOW_DATAGRAM,
  .takes = takes,
  .propose = peal_rtp_propose,
  .offer = offer,
  .answer = answer,
  .refuse = peal_rtp_refuse,
  .agree = agree,
  .open = open_medium,
  .rename = rename_medium,
  .start = start,
  .control = control,
  .join = join,
  .close = close_medium,
  .infos = peal_rtp_info_elements,
  .n_infos = PEAL_N_RTP_INFOS,
  .inform = peal_rtp_inform,
  .informed = peal_rtp_informed,
};

const PealApplication hollow_picture = {
  .name = "hollow-picture",
  .media = "video",
  .element = &peal_rtp_description_element,
  .flow = PEAL_FLOW_DATAGRAM,
  .takes = takes_picture,
  .propose = peal_rtp_propose_picture,
  .offer = offer_picture,
  .answer = answer,
  .refuse = peal_rtp_refuse,
  .agree = agree,
  .open = open_medium,
  .rename = rename_medium,
  .start = start,
  .control = control,
  .join = join,
  .close = close_medium,
  .infos = peal_rtp_info_elements,
  .n_infos = PEAL_N_RTP_INFOS,
  .inform = peal_rtp_inform,
  .informed = peal_rtp_informed,
};
