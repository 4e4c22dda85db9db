/* What pictures need of GStreamer: each codec, source and sink is made, as a call makes it, and
 * thrown away. Calls do without any of it. */
// SPDX-License-Identifier: MIT
#include "cli/doctor.h"

#include <string.h>

#include "media/codecs.h"
#include "media/device.h"
#include "media/pipeline.h"
#include "media/picture_sink.h"
#include "media/picture_source.h"

/* --- codecs --- */

static gboolean
can_be_made (const char *text, GError **error)
{
  GstElement *bin = peal_pipeline_parse (text, error);

  if (!bin)
    return FALSE;
  gst_object_ref_sink (bin);
  gst_object_unref (bin);
  return TRUE;
}

/* What a person may call them; one that has to be asked for says so. */
static void
look_at_codec (PealDoctor *doctor, const PealCodec *codec)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *name = g_ascii_strdown (codec->name, -1);
  gboolean good = can_be_made (codec->speak, &error) && can_be_made (codec->hear, &error);
  const char *text = codec->by_name_only ? "can be made and understood; used where --codec names it"
                                         : "can be made and understood";

  PealCheckState without = codec->by_name_only ? PEAL_CHECK_DEGRADED : PEAL_CHECK_MISSING;

  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = name,
                                .state = good ? PEAL_CHECK_OK : without,
                                .text = good ? text : error->message,
                            });
}

/* --- sources and sinks --- */

/* "file:x.mkv" is an example of "file:.mkv". */
static char *
name_of (const char *text)
{
  const char *colon = strchr (text, ':'), *suffix = strrchr (text, '.');
  g_autofree char *kind = colon ? g_strndup (text, (gsize) (colon + 1 - text)) : g_strdup (text);

  return g_strconcat (kind, colon ? suffix : NULL, NULL);
}

/* What a machine may well be without. */
static gboolean
is_of_a_desk (const char *text)
{
  static const char *const words[] = { "camera", "screen", "window", NULL };

  return g_strv_contains (words, text);
}

static void
tell_end (PealDoctor *doctor, const char *text, GstElement *made, const GError *why)
{
  g_autofree char *name = name_of (text);
  PealCheckState without = is_of_a_desk (text) ? PEAL_CHECK_DEGRADED : PEAL_CHECK_MISSING;

  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = name,
                                .state = made ? PEAL_CHECK_OK : without,
                                .text = made ? "can be made" : why->message,
                            });
  if (made) {
    gst_object_ref_sink (made);
    gst_element_set_state (made, GST_STATE_NULL);
    gst_object_unref (made);
  }
}

static void
look_at_source (PealDoctor *doctor, const char *text)
{
  const PealPictureSize size = { .width = 320, .height = 180, .fps = 15 };
  g_autoptr(GError) error = NULL;
  GstElement *made = peal_picture_source_new (text, &size, &error);

  tell_end (doctor, text, made, error);
}

static void
look_at_sink (PealDoctor *doctor, const char *text)
{
  g_autoptr(PealEasel) easel = peal_easel_new (NULL, NULL);
  g_autoptr(GError) error = NULL;
  GstElement *made = peal_picture_sink_new (text, easel, &error);

  tell_end (doctor, text, made, error);
}

static void
look_at_cameras (PealDoctor *doctor)
{
  g_autoptr(GPtrArray) devices = peal_device_list (PEAL_DEVICE_CAMERA);
  g_autoptr(GString) names = g_string_new (NULL);

  for (guint i = 0; i < devices->len; i++)
    g_string_append_printf (names, "%s%s", i ? ", " : "", ((PealDevice *) devices->pdata[i])->name);
  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = "cameras",
                                .state = names->len ? PEAL_CHECK_OK : PEAL_CHECK_DEGRADED,
                                .text = names->len ? names->str
                                                   : "there is none; show something else with "
                                                     "--video-in screen, file:PATH or test",
                            });
}

void
peal_doctor_pictures (PealDoctor *doctor)
{
  g_auto(GStrv) sources = peal_picture_source_examples ();
  g_auto(GStrv) sinks = peal_picture_sink_examples ();

  peal_pipeline_init ();
  for (const PealCodec *const *codec = peal_picture_codecs; *codec; codec++)
    look_at_codec (doctor, *codec);
  for (char **text = sources; *text; text++)
    look_at_source (doctor, *text);
  look_at_cameras (doctor);
  for (char **text = sinks; *text; text++)
    look_at_sink (doctor, *text);
}
