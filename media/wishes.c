/* How the peer wants our sound: what its description says beside the name of a codec. */
// SPDX-License-Identifier: MIT
#include "media/wishes.h"

#include "media/codecs.h"

static const char *
value_of (const PealPayloadType *type, const char *name)
{
  for (guint i = 0; type->parameters && i < type->parameters->len; i++) {
    const PealPayloadParameter *parameter = type->parameters->pdata[i];
    if (!g_ascii_strcasecmp (parameter->name, name))
      return parameter->value;
  }
  return NULL;
}

static gboolean
is_set (const PealPayloadType *type, const char *name)
{
  return !g_strcmp0 (value_of (type, name), "1");
}

/* 0: not said, or not a number that may be said. */
static guint
number_of (const PealPayloadType *type, const char *name, guint least, guint most)
{
  const char *value = value_of (type, name);
  guint64 number;

  return value && g_ascii_string_to_unsigned (value, 10, least, most, &number, NULL)
             ? (guint) number
             : 0;
}

/* The longest packet that is asked for or, where only a limit is, that fits. */
static guint
packet_of (const PealPayloadType *type)
{
  static const guint lengths[] = { 60, 40, 20, 10 };
  guint wanted = type->ptime ? type->ptime : PEAL_FRAME_MS;
  guint limit = type->maxptime ? MIN (wanted, type->maxptime) : wanted;

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    if (lengths[i] <= limit)
      return lengths[i];
  return lengths[G_N_ELEMENTS (lengths) - 1];
}

void
peal_wishes_read (PealWishes *wishes, const PealPayloadType *type)
{
  *wishes = (PealWishes) {
    .fec = is_set (type, "useinbandfec"),
    .dtx = is_set (type, "usedtx"),
    .cbr = is_set (type, "cbr"),
    .stereo = is_set (type, "stereo"),
    .sends_stereo = is_set (type, "sprop-stereo"),
    .most_bitrate = number_of (type, "maxaveragebitrate", 6000, 510000),
    .playback_rate = number_of (type, "maxplaybackrate", 8000, 48000),
    .packet_ms = packet_of (type),
  };
}
