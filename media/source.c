/* Where sound comes from: --audio-in as text, checked and made into an element. */
// SPDX-License-Identifier: MIT
#include "media/source.h"

#include "media/pipeline.h"
#include "media/plug.h"
#include "signaling/event.h"

typedef enum { NO_ARGUMENT, MAY_HAVE_ARGUMENT, NEEDS_ARGUMENT } Argument;

typedef struct {
  const char *word;
  Argument argument;
  gboolean device, stereo;
  GstElement *(*make) (const char *argument, GError **error); /* NULL: silence */
  gboolean (*check) (const char *argument);                   /* may be NULL */
} Kind;

static GstElement *
make_microphone (const char *argument, GError **error)
{
  return peal_plug_new (PEAL_DEVICE_MICROPHONE, NULL, error);
}

static GstElement *
make_device (const char *argument, GError **error)
{
  return peal_plug_new (PEAL_DEVICE_MICROPHONE, argument, error);
}

/* The first track of sound is the one that is heard. */
static void
take_track (GstElement *decoder, GstPad *track, gpointer user)
{
  GstGhostPad *exit = user;
  g_autoptr(GstPad) taken = gst_ghost_pad_get_target (exit);

  if (!taken)
    gst_ghost_pad_set_target (exit, track);
}

static GstElement *
make_file (const char *argument, GError **error)
{
  if (!g_file_test (argument, G_FILE_TEST_EXISTS)) {
    g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_FILE, "--audio-in file:%s: there is no such file",
                 argument);
    return NULL;
  }
  GstElement *bin = peal_pipeline_parse (
      "uridecodebin name=file caps=audio/x-raw expose-all-streams=false", error);
  if (!bin)
    return NULL;
  GstElement *decoder = peal_pipeline_element (bin, "file");
  GstPad *exit = gst_ghost_pad_new_no_target ("src", GST_PAD_SRC);
  g_autofree char *path = g_canonicalize_filename (argument, NULL);
  g_autofree char *uri = gst_filename_to_uri (path, NULL);
  gst_element_add_pad (bin, exit);
  g_signal_connect_object (decoder, "pad-added", G_CALLBACK (take_track), exit, 0);
  g_object_set (decoder, "uri", uri, NULL);
  return bin;
}

static gboolean
check_pitch (const char *argument)
{
  char *end;
  double hz = g_ascii_strtod (argument, &end);

  return *end == '\0' && hz >= 20 && hz <= 20000;
}

static GstElement *
make_tone (const char *argument, GError **error)
{
  GstElement *bin = peal_pipeline_parse (
      "audiotestsrc name=tone wave=sine volume=0.25 samplesperbuffer=960", error);

  if (bin && argument)
    g_object_set (peal_pipeline_element (bin, "tone"), "freq", g_ascii_strtod (argument, NULL),
                  NULL);
  return bin;
}

static GstElement *
make_stdin (const char *argument, GError **error)
{
  return peal_pipeline_parse (
      "fdsrc fd=0 blocksize=1920 ! "
      "rawaudioparse format=pcm pcm-format=s16le sample-rate=48000 num-channels=1",
      error);
}

static const Kind kinds[] = {
  { "mic", NO_ARGUMENT, TRUE, FALSE, make_microphone },
  { "device", NEEDS_ARGUMENT, TRUE, FALSE, make_device },
  { "file", NEEDS_ARGUMENT, FALSE, TRUE, make_file },
  { "tone", MAY_HAVE_ARGUMENT, FALSE, FALSE, make_tone, check_pitch },
  { "silence", NO_ARGUMENT, FALSE, FALSE, NULL },
  { "stdin", NO_ARGUMENT, FALSE, FALSE, make_stdin },
};

/* The row of @text, and what follows its colon (NULL: no colon). NULL when it fits none. */
static const Kind *
find (const char *text, const char **argument)
{
  const char *colon = strchr (text, ':');
  gsize length = colon ? (gsize) (colon - text) : strlen (text);

  *argument = colon ? colon + 1 : NULL;
  for (const Kind *kind = kinds; kind < kinds + G_N_ELEMENTS (kinds); kind++) {
    if (strlen (kind->word) != length || strncmp (kind->word, text, length) != 0)
      continue;
    gboolean fits =
        colon ? kind->argument != NO_ARGUMENT && colon[1] : kind->argument != NEEDS_ARGUMENT;
    return fits && (!colon || !kind->check || kind->check (colon + 1)) ? kind : NULL;
  }
  return NULL;
}

gboolean
peal_source_check (const char *text, GError **error)
{
  const char *argument;

  if (find (text, &argument))
    return TRUE;
  g_set_error (error, PEAL_CAUSE, PEAL_CAUSE_USAGE,
               "--audio-in %s: not one of mic, device:NAME, file:PATH, tone[:HZ], silence, stdin",
               text);
  return FALSE;
}

char **
peal_source_examples (void)
{
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new ();

  for (const Kind *kind = kinds; kind < kinds + G_N_ELEMENTS (kinds); kind++) {
    g_autofree char *file = g_strconcat (kind->word, ":/dev/null", NULL);
    if (kind->make && !(kind->device && kind->argument))
      g_strv_builder_add (texts, kind->argument == NEEDS_ARGUMENT ? file : kind->word);
  }
  return g_strv_builder_end (texts);
}

gboolean
peal_source_is_silence (const char *text)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  return kind && !kind->make;
}

gboolean
peal_source_is_device (const char *text)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  return kind && kind->device;
}

gboolean
peal_source_may_be_stereo (const char *text)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  return kind && kind->stereo;
}

GstElement *
peal_source_new (const char *text, GError **error)
{
  const char *argument;
  const Kind *kind = find (text, &argument);

  g_assert (kind && kind->make);
  return kind->make (argument, error);
}
