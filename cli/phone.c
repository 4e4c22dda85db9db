/* A phone: one endpoint, one conversation, its keys, its duration, its good-bye. */
// SPDX-License-Identifier: MIT
#include "cli/phone_inner.h"

#include "cli/builtin.h"
#include "cli/picture_limits.h"
#include "cli/verbs.h"
#include "media/dtmf.h"
#include "transport/secure.h"

/* --- the end of a call --- */

/* What a person is told; %s is the peer. A sentence that our own side found goes before the one
 * here. */
static const struct {
  const char *text, *hint;
} endings[PEAL_N_CAUSES] = {
  [PEAL_CAUSE_INTERNAL] = { "the call with %s failed inside peal",
                            "run again with --trace FILE and report it" },
  [PEAL_CAUSE_UNREACHABLE] = { "%s cannot be reached: there is no such address, or no device of it "
                               "is online",
                               "check the address, or try later" },
  [PEAL_CAUSE_NO_ANSWER] = { "%s did not answer", "try later, or wait longer with --ring-timeout" },
  [PEAL_CAUSE_UNSUPPORTED] = { "no device of %s takes this kind of call",
                               "ask for another client" },
  [PEAL_CAUSE_NO_SERVICE] = { "the service that the call with %s needs is not there", NULL },
  [PEAL_CAUSE_DECLINED] = { "the call with %s was declined", NULL },
  [PEAL_CAUSE_BUSY] = { "%s is busy", "try later" },
  [PEAL_CAUSE_ELSEWHERE] = { "the call with %s was taken on another device", NULL },
  [PEAL_CAUSE_CANCELLED] = { "the call with %s was given up before it was answered", NULL },
  [PEAL_CAUSE_NO_PATH] = { "no path to %s: no pair of addresses could exchange packets",
                           "a TURN server helps: name one with --turn, or ask the server's "
                           "administrator" },
  [PEAL_CAUSE_RELAY_REFUSED] = { "the relay refused to carry the call with %s",
                                 "check --turn and its password" },
  [PEAL_CAUSE_SECURITY] = { "the call with %s could not be secured",
                            "do not go on before you know why: somebody may be listening" },
  [PEAL_CAUSE_MEDIA] = { "no sound could be exchanged with %s",
                         "see --codec, --audio-in and --audio-out" },
  [PEAL_CAUSE_LOST] = { "the call with %s was lost: nothing came any more", "call again" },
  [PEAL_CAUSE_TIMEOUT] = { "the call with %s got no reply in time", "call again" },
};

void
peal_phone_finish (PealPhone *phone, const PealEvent *ended)
{
  g_autofree char *said = NULL;
  PealEvent copy;
  peal_event_copy (&copy, ended);
  gboolean found = ended->text && ended->by == PEAL_BY_LOCAL;
  if (found)
    said = g_strdup (ended->text);
  else if (endings[ended->cause].text) {
    g_auto(GStrv) parts = g_strsplit (endings[ended->cause].text, "%s", 2);
    said = g_strjoinv (ended->peer ? ended->peer : "the other side", parts);
  }
  peal_client_finish_call (phone->client, &copy, said, endings[ended->cause].hint);
  peal_event_clear (&copy);
}

/* --- the user's will --- */

static gboolean
duration_over (gpointer user)
{
  PealPhone *phone = user;
  phone->hangup_timer = 0;
  peal_phone_hang_up (phone, NULL);
  return G_SOURCE_REMOVE;
}

static void
key (gpointer user, char pressed)
{
  peal_verbs_press (user, pressed);
}

static void
line (gpointer user, const char *text)
{
  peal_verbs_say (user, text);
}

static void
stopping (gpointer user)
{
  PealPhone *phone = user;
  peal_screen_pause (phone->screen);
  peal_keys_pause (phone->keys);
}

static void
continued (gpointer user)
{
  PealPhone *phone = user;
  peal_keys_resume (phone->keys);
  peal_screen_resume (phone->screen);
}

static void
interrupted (gpointer user)
{
  PealPhone *phone = user;
  phone->interrupted = TRUE;
  if (!phone->endpoint || peal_endpoint_leave (phone->endpoint) == 0)
    peal_client_finish (phone->client, PEAL_CAUSE_CANCELLED, NULL, NULL);
}

/* --- events --- */

static void
follow (PealPhone *phone, const PealEvent *event)
{
  switch (event->kind) {
  case PEAL_EVENT_RINGING:
    phone->rings_there = g_strcmp0 (phone->sid, event->call) == 0;
    break;
  case PEAL_EVENT_OUTGOING:
  case PEAL_EVENT_ACCEPTED:
    phone->rings_there = FALSE;
    g_free (phone->sid);
    phone->sid = g_strdup (event->call);
    phone->shows = phone->setup.options->video;
    break;
  case PEAL_EVENT_CONTENT_REMOVED:
    if (!g_strcmp0 (event->media, "video"))
      phone->shows = FALSE;
    break;
  case PEAL_EVENT_CONNECTED:
    if (!phone->connected && phone->setup.options->dtmf)
      peal_endpoint_control (phone->endpoint, phone->sid, PEAL_CONTROL_DTMF, 0,
                             phone->setup.options->dtmf);
    phone->connected = TRUE;
    if (phone->setup.options->duration > 0 && !phone->hangup_timer)
      phone->hangup_timer =
          g_timeout_add ((guint) (phone->setup.options->duration * 1000), duration_over, phone);
    break;
  case PEAL_EVENT_ENDED:
    peal_ringing_remove (phone->ringing, event->call);
    phone->talked = phone->sid && !g_strcmp0 (phone->sid, event->call);
    if (!phone->talked)
      break;
    g_clear_pointer (&phone->sid, g_free);
    g_clear_handle_id (&phone->hangup_timer, g_source_remove);
    phone->connected = phone->muted = phone->held = phone->rings_there = phone->shows = FALSE;
    break;
  default:
    break;
  }
}

void
peal_phone_tune (PealPhone *phone)
{
  if (phone->rings_there)
    peal_bell_play (phone->bell, PEAL_RINGTONE_RINGBACK);
  else if (peal_ringing_count (phone->ringing) && !phone->sid)
    peal_bell_play (phone->bell, PEAL_RINGTONE_BELL);
  else
    peal_bell_play (phone->bell, PEAL_RINGTONE_NONE);
}

static void
heard (gpointer user, const PealEvent *event)
{
  PealPhone *phone = user;
  follow (phone, event);
  peal_phone_tune (phone);
  peal_screen_event (phone->screen, event);
  if (event->kind == PEAL_EVENT_ENDED && phone->interrupted)
    peal_phone_finish (phone, event);
  else if (!phone->setup.event (phone->setup.user, event))
    peal_client_event (phone->client, event);
}

static void
online (gpointer user)
{
  PealPhone *phone = user;
  if (phone->setup.online)
    phone->setup.online (phone->setup.user);
}

static PealAdmission
admit (gpointer user, const char *peer, gboolean contact)
{
  PealPhone *phone = user;
  return phone->setup.admit ? phone->setup.admit (phone->setup.user, peer, contact) : PEAL_IGNORE;
}

/* --- life --- */

static gpointer
warm_up_media (gpointer unused)
{
  peal_media_warm_up ();
  return NULL;
}

static gpointer
warm_up_keys (gpointer unused)
{
  peal_secure_warm_up ();
  return NULL;
}

static gboolean
has_display (void)
{
  static const char *const names[] = { "DISPLAY", "WAYLAND_DISPLAY" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    const char *name = g_getenv (names[i]);
    if (name && *name)
      return TRUE;
  }
  return FALSE;
}

static gboolean
read_picture (PealPhone *phone, GError **error)
{
  const PealOptions *options = phone->setup.options;
  phone->config.video_in = options->video_in;
  phone->config.video_out = options->video_out ? options->video_out
                            : has_display ()   ? "window"
                                               : "none";
  phone->config.fps = (guint) options->fps;
  phone->config.strip = options->strip;
  return peal_picture_limits_size (options->size, &phone->config.width, &phone->config.height,
                                   error) &&
         peal_picture_limits_rate (options->max_bitrate, &phone->config.max_bitrate, error) &&
         peal_picture_limits_fps (options->fps, error);
}

/* Whether what --video asks for can be offered at all. */
static gboolean
can_offer_picture (PealPhone *phone, GError **error)
{
  PealContentPlan plan = { .content = "video", .config = &phone->config };
  if (!strcmp (phone->config.video_in, "none") && !strcmp (phone->config.video_out, "none")) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "--video: with --video-in none there is nothing to show, and nothing would be "
                 "seen: there is no display, or --video-out is none");
    return FALSE;
  }
  gpointer offer = peal_rtp_picture.offer (&plan, error);
  if (offer)
    peal_element_free (peal_rtp_picture.element, offer);
  return offer != NULL;
}

/* A voice always; a picture of ours only where it was asked for, and of theirs where it can be
 * seen. */
static void
wish (PealPhone *phone)
{
  const PealOptions *options = phone->setup.options;
  gboolean source = strcmp (options->video_in, "none") != 0;
  gboolean sink = g_strcmp0 (phone->config.video_out, "none") != 0;
  phone->wishes[0] = (PealWish) { .application = &peal_rtp,
                                  .config = &phone->config,
                                  .offered = TRUE,
                                  .send = TRUE,
                                  .receive = TRUE };
  phone->wishes[1] = (PealWish) { .application = &peal_rtp_picture,
                                  .config = &phone->config,
                                  .offered = options->video,
                                  .send = options->video && source,
                                  .receive = sink };
  phone->policy.wishes = phone->wishes;
  phone->policy.n_wishes = G_N_ELEMENTS (phone->wishes);
}

static gboolean
read_options (PealPhone *phone, GError **error)
{
  const PealOptions *options = phone->setup.options;
  phone->config = (PealRtpConfig) {
    .audio_in = options->audio_in,
    .audio_out = options->audio_out,
    .processing = options->processing,
    .codecs = options->codec,
    .record = options->record,
    .unencrypted = options->encryption == PEAL_ENCRYPTION_NONE,
  };
  if (!read_picture (phone, error) || !peal_rtp_config_check (&phone->config, error) ||
      (options->video && !can_offer_picture (phone, error)) ||
      !peal_bell_check (options->ringtone, error))
    return FALSE;
  if (options->dtmf && !peal_dtmf_check (options->dtmf, error)) {
    g_prefix_error (error, "--dtmf %s: ", options->dtmf);
    return FALSE;
  }
  if (options->json && !strcmp (options->audio_out, "stdout")) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "--json and --audio-out stdout cannot share standard output: "
                 "write the events to a file with --events");
    return FALSE;
  }
  if (options->ask && !strcmp (options->audio_in, "stdin")) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
                 "--ask and --audio-in stdin cannot share standard input");
    return FALSE;
  }
  g_autoptr(GError) trouble = NULL;
  phone->services = peal_client_services_of (options, &trouble);
  if (trouble) {
    g_propagate_error (error, g_steal_pointer (&trouble));
    return FALSE;
  }
  phone->policy = peal_client_policy (options, phone->services);
  wish (phone);
  return TRUE;
}

static void
make_endpoint (PealPhone *phone)
{
  PealEndpointSetup setup = {
    .loop = phone->loop,
    .methods = peal_builtin_methods,
    .applications = peal_builtin_applications,
    .event = heard,
    .user = phone,
  };
  peal_client_fill (phone->client, &setup);
  phone->endpoint = peal_endpoint_new (&setup);
  peal_endpoint_set_policy (phone->endpoint, &phone->policy);
  peal_endpoint_set_filter (phone->endpoint, admit, phone);
}

/* By keys at a terminal, else by lines, unless standard input is sound. */
static void
hear_user (PealPhone *phone)
{
  static const PealSuspendEvents events = { .stopping = stopping, .continued = continued };
  if (g_strcmp0 (phone->setup.options->audio_in, "stdin") != 0) {
    phone->keys = peal_keys_new (key, phone);
    if (phone->keys)
      peal_screen_hint_keys (phone->screen);
    phone->lines = peal_lines_new (line, NULL, phone);
  }
  phone->suspend = peal_suspend_new (&events, phone);
}

PealPhone *
peal_phone_new (const PealPhoneSetup *setup)
{
  PealPhone *phone = g_new0 (PealPhone, 1);
  phone->setup = *setup;
  phone->features = peal_builtin_features ();
  phone->ringing = peal_ringing_new ();
  phone->bell = peal_bell_new (setup->options);
  /* What the first call would wait for is made while we log in. */
  phone->warming[0] = g_thread_new ("warm-media", warm_up_media, NULL);
  phone->warming[1] = g_thread_new ("warm-keys", warm_up_keys, NULL);
  PealClientSetup client = {
    .options = setup->options,
    .features = phone->features,
    .online = online,
    .interrupted = interrupted,
    .user = phone,
  };
  phone->client = peal_client_new (&client);
  g_autoptr(GError) error = NULL;
  if (!read_options (phone, &error))
    peal_client_finish (phone->client, PEAL_CAUSE_USAGE, error->message, NULL);
  else if (peal_client_works (phone->client)) {
    phone->loop = peal_loop_new ("media");
    phone->screen = peal_screen_new (peal_client_printer (phone->client), phone->ringing);
    if (!g_strcmp0 (phone->config.video_out, "terminal"))
      phone->config.easel = peal_screen_easel (phone->screen);
    make_endpoint (phone);
    hear_user (phone);
  }
  return phone;
}

void
peal_phone_free (PealPhone *phone)
{
  peal_suspend_free (phone->suspend);
  peal_keys_free (phone->keys);
  peal_lines_free (phone->lines);
  g_clear_handle_id (&phone->hangup_timer, g_source_remove);
  peal_endpoint_free (phone->endpoint);
  peal_screen_free (phone->screen);
  peal_ringing_free (phone->ringing);
  peal_bell_free (phone->bell);
  peal_client_free (phone->client);
  if (phone->loop)
    peal_loop_free (phone->loop);
  for (gsize i = 0; i < G_N_ELEMENTS (phone->warming); i++)
    g_thread_join (phone->warming[i]);
  g_clear_pointer (&phone->services, g_ptr_array_unref);
  g_free (phone->features);
  g_free (phone->sid);
  g_free (phone);
}

int
peal_phone_run (PealPhone *phone)
{
  return peal_client_run (phone->client);
}

PealClient *
peal_phone_client (PealPhone *phone)
{
  return phone->client;
}

PealEndpoint *
peal_phone_endpoint (PealPhone *phone)
{
  return phone->endpoint;
}

void
peal_phone_call (PealPhone *phone, const char *jid)
{
  g_autofree char *sid = peal_endpoint_call (phone->endpoint, jid, &phone->policy);
}

gboolean
peal_phone_can_ask (PealPhone *phone)
{
  return phone->keys || (phone->setup.options->ask && peal_lines_open (phone->lines));
}
