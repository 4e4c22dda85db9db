/* Which rows of codecs a description has: what the user names, or what can start on this machine.
 */
// SPDX-License-Identifier: MIT
#include "media/negotiate_inner.h"

const PealCodec *const *
peal_negotiate_rows (PealMedia media)
{
  return media == PEAL_MEDIA_AUDIO ? peal_codecs : peal_picture_codecs;
}

/* What cannot start here is not offered. Where nothing of sound can, all is, and the call fails
 * with the name of what is missing. */
static void
add_all (GPtrArray *rows, PealMedia media)
{
  const PealCodec *const *all = peal_negotiate_rows (media);

  for (const PealCodec *const *codec = all; *codec; codec++)
    if (!(*codec)->by_name_only && peal_codec_here (*codec))
      g_ptr_array_add (rows, (gpointer) *codec);
  gboolean none = !rows->len && media == PEAL_MEDIA_AUDIO;
  for (const PealCodec *const *codec = all; none && *codec; codec++)
    g_ptr_array_add (rows, (gpointer) *codec);
}

/* A name may have several rows (speex). Sound that is named is tried, so that its failure tells
 * what is missing; a call without its picture goes on. */
static gboolean
add_named (GPtrArray *rows, PealMedia media, const char *name)
{
  gboolean known = FALSE;

  for (const PealCodec *const *codec = peal_negotiate_rows (media); *codec; codec++) {
    if (g_ascii_strcasecmp ((*codec)->name, name) != 0)
      continue;
    known = TRUE;
    if (!g_ptr_array_find (rows, *codec, NULL) &&
        (media == PEAL_MEDIA_AUDIO || peal_codec_here (*codec)))
      g_ptr_array_add (rows, (gpointer) *codec);
  }
  return known;
}

GPtrArray *
peal_negotiate_wanted (const PealNegotiatePlan *plan, gboolean *named)
{
  GPtrArray *rows = g_ptr_array_new ();
  g_auto(GStrv) words = g_strsplit (plan->codecs ? plan->codecs : "", ",", -1);

  *named = FALSE;
  for (char **word = words; *word; word++)
    if (add_named (rows, plan->media, g_strstrip (*word)))
      *named = TRUE;
  if (!*named)
    add_all (rows, plan->media);
  return rows;
}

gboolean
peal_negotiate_names_any (const char *codecs)
{
  g_autoptr(GPtrArray) rows = g_ptr_array_new ();
  g_auto(GStrv) words = g_strsplit (codecs, ",", -1);

  for (char **word = words; *word; word++) {
    g_strstrip (*word);
    if (add_named (rows, PEAL_MEDIA_AUDIO, *word) || add_named (rows, PEAL_MEDIA_VIDEO, *word))
      return TRUE;
  }
  return FALSE;
}

const PealCodec *
peal_negotiate_best (const PealNegotiatePlan *plan)
{
  gboolean named;
  g_autoptr(GPtrArray) rows = peal_negotiate_wanted (plan, &named);

  if (rows->len > 0)
    return rows->pdata[0];
  return plan->media == PEAL_MEDIA_AUDIO ? peal_codecs[0] : NULL;
}
