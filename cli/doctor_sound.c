/* What calls need of GStreamer: each codec, source and sink is made, as a call makes it, and thrown
 * away. */
// SPDX-License-Identifier: MIT
#include "cli/doctor.h"

#include <string.h>

#include "media/codecs.h"
#include "media/device.h"
#include "media/ear.h"
#include "media/mouth.h"
#include "media/processing.h"
#include "media/sink.h"
#include "media/source.h"

/* --- codecs --- */

static void
ignore_packet (gpointer user, const PealPacket *packet, guint8 level)
{
}

static void
ignore_end (gpointer user)
{
}

static void
ignore_first (gpointer user, gint64 at)
{
}

static void
ignore_failure (gpointer user, const GError *why)
{
}

static const PealMouthEvents mouth_events = { .packet = ignore_packet,
                                              .ended = ignore_end,
                                              .failed = ignore_failure };
static const PealEarEvents ear_events = { .first = ignore_first, .failed = ignore_failure };

static void
free_mouth (gpointer mouth)
{
  peal_mouth_free (mouth);
}

static gboolean
can_speak (PealLoop *loop, const PealCodec *codec, GError **error)
{
  PealMouth *mouth =
      peal_mouth_new (&(PealMouthSetup) { .loop = loop, .source = "tone", .codec = codec },
                      &mouth_events, NULL, error);

  if (!mouth)
    return FALSE;
  peal_mouth_stop (mouth);
  peal_loop_call (loop, free_mouth, mouth);
  return TRUE;
}

static gboolean
can_hear (PealLoop *loop, const PealCodec *codec, GError **error)
{
  PealEarSetup setup = { .loop = loop, .sink = "none" };
  PealEar *ear = peal_ear_new (&setup, &ear_events, NULL, error);

  if (!ear)
    return FALSE;
  gboolean good = peal_ear_tune (ear, codec, (guint8) codec->payload_type, error);
  peal_ear_free (ear);
  return good;
}

/* "speex", and "speex/8000" for a second row of that name. */
static char *
codec_name (const PealCodec *codec)
{
  return peal_codec_find (codec->name) == codec
             ? g_strdup (codec->name)
             : g_strdup_printf ("%s/%u", codec->name, codec->clock_rate);
}

/* Calls can do without a codec that needs a library of its own. */
void
peal_doctor_codecs (PealDoctor *doctor)
{
  PealLoop *loop = peal_loop_new ("doctor");

  for (const PealCodec *const *codec = peal_codecs; *codec; codec++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *name = codec_name (*codec);
    gboolean good = can_speak (loop, *codec, &error) && can_hear (loop, *codec, &error);
    peal_doctor_tell (doctor, &(PealFinding) {
                                  .item = name,
                                  .state = good ? PEAL_CHECK_OK : PEAL_CHECK_MISSING,
                                  .text = good ? "can be made and understood" : error->message,
                                  .cause = (*codec)->heavy ? PEAL_CAUSE_SUCCESS : PEAL_CAUSE_MEDIA,
                              });
  }
  peal_loop_free (loop);
}

/* --- sources and sinks --- */

typedef GstElement *(*Maker) (const char *text, GError **error);

/* "file:x.wav" is an example of "file:.wav". */
static char *
name_of (const char *text)
{
  const char *colon = strchr (text, ':'), *suffix = strrchr (text, '.');
  g_autofree char *kind = colon ? g_strndup (text, (gsize) (colon + 1 - text)) : g_strdup (text);

  return g_strconcat (kind, suffix, NULL);
}

/* What calls use where nobody says another is what they cannot do without. */
static void
look_at_end (PealDoctor *doctor, Maker make, const char *text)
{
  static const char *const usual[] = { "mic", "speaker", NULL };
  g_autoptr(GError) error = NULL;
  GstElement *element = make (text, &error);
  g_autofree char *name = name_of (text);
  gboolean needed = g_strv_contains (usual, text);

  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = name,
                                .state = element ? PEAL_CHECK_OK : PEAL_CHECK_MISSING,
                                .text = element ? "can be made" : error->message,
                                .cause = needed ? PEAL_CAUSE_MEDIA : PEAL_CAUSE_SUCCESS,
                            });
  if (element)
    gst_object_ref_sink (element);
  g_clear_pointer (&element, gst_object_unref);
}

typedef struct {
  PealDeviceKind kind;
  const char *item, *instead;
} Devices;

static char *
list_names (PealDeviceKind kind)
{
  g_autoptr(GPtrArray) devices = peal_device_list (kind);
  g_autoptr(GString) names = g_string_new (NULL);

  for (guint i = 0; i < devices->len; i++)
    g_string_append_printf (names, "%s%s", i ? ", " : "", ((PealDevice *) devices->pdata[i])->name);
  return names->len ? g_strdup (names->str) : NULL;
}

/* Without devices a call still works, with other flags: the machine may be meant so. */
static void
look_at_devices (PealDoctor *doctor, const Devices *devices)
{
  g_autofree char *names = list_names (devices->kind);
  gboolean plugged = peal_device_can_open (devices->kind, NULL);
  g_autofree char *nothing = g_strdup_printf (
      plugged ? "no sound server that runs has any; start PipeWire or PulseAudio, or call with %s"
              : "no plug-in can reach a sound server; calls work with %s",
      devices->instead);

  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = devices->item,
                                .state = names ? PEAL_CHECK_OK : PEAL_CHECK_DEGRADED,
                                .text = names ? names : nothing,
                                .package = plugged ? NULL : "gstreamer1.0-pipewire",
                            });
}

static void
look_at_ends (PealDoctor *doctor, char *const *texts, Maker make, const Devices *devices)
{
  for (; *texts; texts++)
    look_at_end (doctor, make, *texts);
  look_at_devices (doctor, devices);
}

/* Calls do without it. */
static void
look_at_processing (PealDoctor *doctor)
{
  g_autoptr(GError) error = NULL;
  GstElement *element = peal_processing_new (PEAL_PROCESSING_ECHO, NULL, &error);

  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = "echo,noise,gain",
                                .state = element ? PEAL_CHECK_OK : PEAL_CHECK_DEGRADED,
                                .text = element ? "can be taken out and evened" : error->message,
                            });
  if (element)
    gst_object_ref_sink (element);
  g_clear_pointer (&element, gst_object_unref);
}

void
peal_doctor_sources (PealDoctor *doctor)
{
  const Devices microphones = {
    .kind = PEAL_DEVICE_MICROPHONE,
    .item = "microphones",
    .instead = "--audio-in file:PATH",
  };
  g_auto(GStrv) texts = peal_source_examples ();

  look_at_ends (doctor, texts, peal_source_new, &microphones);
  look_at_processing (doctor);
}

void
peal_doctor_sinks (PealDoctor *doctor)
{
  const Devices speakers = {
    .kind = PEAL_DEVICE_SPEAKER,
    .item = "speakers",
    .instead = "--audio-out file:PATH",
  };
  g_auto(GStrv) texts = peal_sink_examples ();

  look_at_ends (doctor, texts, peal_sink_new, &speakers);
}
