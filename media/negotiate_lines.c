/* Lines of payload types: found, compared with our rows, written. */
// SPDX-License-Identifier: MIT
#include "media/negotiate_inner.h"

guint
peal_line_count (const PealRtpDescription *description)
{
  return description->payload_types ? description->payload_types->len : 0;
}

const PealPayloadType *
peal_line_at (const PealRtpDescription *description, guint i)
{
  return g_ptr_array_index (description->payload_types, i);
}

const PealPayloadType *
peal_line_find (const PealRtpDescription *description, guint id)
{
  for (guint i = 0; i < peal_line_count (description); i++)
    if (peal_line_at (description, i)->id == id)
      return peal_line_at (description, i);
  return NULL;
}

gboolean
peal_line_counts (const PealRtpDescription *description, guint i)
{
  const PealPayloadType *line = peal_line_at (description, i);

  return peal_line_find (description, line->id) == line;
}

/* A static number needs no name (XEP-0167 §4); a clock rate or channels that are not said fit.
 * Pictures have no channels, though libwebrtc's clients write one. */
static gboolean
matches (PealMedia media, const PealCodec *codec, const PealPayloadType *line)
{
  if (line->name ? g_ascii_strcasecmp (line->name, codec->name) != 0
                 : line->id >= PEAL_FIRST_DYNAMIC || line->id != codec->payload_type)
    return FALSE;
  if (line->clockrate != 0 && line->clockrate != codec->clock_rate)
    return FALSE;
  return media == PEAL_MEDIA_VIDEO ? peal_format_fits (codec, line)
                                   : line->channels <= codec->max_channels;
}

const PealCodec *
peal_line_codec (const PealRtpDescription *description, guint i)
{
  PealMedia media = description->media;

  for (const PealCodec *const *codec = peal_negotiate_rows (media); *codec; codec++)
    if (matches (media, *codec, peal_line_at (description, i)) && peal_line_counts (description, i))
      return *codec;
  return NULL;
}

const PealPayloadType *
peal_line_of (const PealRtpDescription *description, const PealCodec *codec)
{
  for (guint i = 0; i < peal_line_count (description); i++)
    if (matches (description->media, codec, peal_line_at (description, i)) &&
        peal_line_counts (description, i))
      return peal_line_at (description, i);
  return NULL;
}

const char *
peal_line_value (const PealPayloadType *line, const char *name)
{
  for (guint i = 0; line->parameters && i < line->parameters->len; i++) {
    const PealPayloadParameter *parameter = line->parameters->pdata[i];
    if (!g_ascii_strcasecmp (parameter->name, name))
      return parameter->value;
  }
  return NULL;
}

PealPayloadType *
peal_line_add (PealRtpDescription *description, guint id, const char *name, guint clock_rate)
{
  PealPayloadType *line = peal_element_new (&peal_payload_type_element);

  line->id = id;
  line->name = g_strdup (name);
  line->clockrate = clock_rate;
  peal_list_append (&description->payload_types, line);
  return line;
}

void
peal_line_set (PealPayloadType *line, const char *name, const char *value)
{
  PealPayloadParameter *written = g_new0 (PealPayloadParameter, 1);

  *written = (PealPayloadParameter) { g_strdup (name), g_strdup (value) };
  peal_list_append (&line->parameters, written);
}

static gboolean
is_taken (const PealRtpDescription *description, guint id)
{
  if (peal_line_find (description, id))
    return TRUE;
  for (PealMedia media = PEAL_MEDIA_AUDIO; media <= PEAL_MEDIA_VIDEO; media++)
    for (const PealCodec *const *codec = peal_negotiate_rows (media); *codec; codec++)
      if ((*codec)->payload_type == id)
        return TRUE;
  return FALSE;
}

guint
peal_line_number (const PealRtpDescription *description, guint wish)
{
  guint id = wish;

  for (guint other = PEAL_LAST_DYNAMIC; is_taken (description, id) && other >= PEAL_FIRST_DYNAMIC;
       other--)
    id = other;
  return id;
}
