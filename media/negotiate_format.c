/* Formats of pictures that share a name: which of a peer's lines is the one that we speak, what our
 * answer says of it, and what limits it sets. One row for each codec that has such a choice. */
// SPDX-License-Identifier: MIT
#include "media/negotiate_inner.h"

static const char *
row_value (const PealCodec *codec, const char *name)
{
  for (const PealCodecParameter *row = codec->parameters; row && row->name; row++)
    if (!g_ascii_strcasecmp (row->name, name))
      return row->value;
  return NULL;
}

/* 0: not there, or no number up to @most. */
static guint
number_of (const PealPayloadType *line, const char *name, guint most)
{
  const char *value = peal_line_value (line, name);
  guint64 number;

  return value && g_ascii_string_to_unsigned (value, 10, 0, most, &number, NULL) ? (guint) number
                                                                                 : 0;
}

/* --- H.264 (RFC 6184 §8.1) --- */

#define PROFILE_LEVEL_ID   "profile-level-id"
#define PACKETIZATION_MODE "packetization-mode"
#define LEVEL_ASYMMETRY    "level-asymmetry-allowed"

typedef struct {
  guint idc, iop, level; /* level 11 with the third flag of a baseline is 1b */
} Profile;

static gboolean
profile_read (const char *text, Profile *profile)
{
  guint64 number;

  if (!text || !g_ascii_string_to_unsigned (text, 16, 0, 0xffffff, &number, NULL))
    return FALSE;
  *profile = (Profile) { number >> 16 & 0xff, number >> 8 & 0xff, number & 0xff };
  return TRUE;
}

/* Table 5: several spellings mean one profile. The last of the four low bits is reserved. */
static guint
profile_kind (const Profile *profile)
{
  static const struct {
    guint idc, mask, iop, kind;
  } rows[] = {
    { 0x42, 0x4f, 0x40, 0x42e0 }, { 0x4d, 0x8f, 0x80, 0x42e0 }, /* constrained baseline */
    { 0x58, 0xcf, 0xc0, 0x42e0 },                               /* likewise */
    { 0x42, 0x4f, 0x00, 0x4200 }, { 0x58, 0xcf, 0x80, 0x4200 }, /* baseline */
    { 0x4d, 0xaf, 0x00, 0x4d00 },                               /* main */
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (profile->idc == rows[i].idc && (profile->iop & rows[i].mask) == rows[i].iop)
      return rows[i].kind;
  return profile->idc << 8 | profile->iop;
}

/* Larger is higher. */
static guint
level_rank (const Profile *profile)
{
  gboolean is_1b = profile->level == 11 && profile->idc != 0x64 && profile->iop & 0x10;

  return is_1b ? 21 : 2 * profile->level;
}

/* §8.2.2: profile and mode are the format; a line that says neither was written by someone who
 * knows but one (GStreamer's own). */
static gboolean
h264_fits (const PealCodec *codec, const PealPayloadType *line)
{
  const char *text = peal_line_value (line, PROFILE_LEVEL_ID);
  const char *mode = peal_line_value (line, PACKETIZATION_MODE);
  Profile ours, theirs;

  if (!text && !mode)
    return TRUE;
  if (g_strcmp0 (mode ? mode : "0", row_value (codec, PACKETIZATION_MODE)) != 0)
    return FALSE;
  if (!text || !profile_read (row_value (codec, PROFILE_LEVEL_ID), &ours))
    return TRUE;
  return profile_read (text, &theirs) && profile_kind (&ours) == profile_kind (&theirs);
}

/* §8.2.2: the profile as offered; the level is ours where both allow two, else the lower. */
static void
h264_write (PealPayloadType *line, const PealCodec *codec, const PealPayloadType *theirs)
{
  const char *asymmetry = row_value (codec, LEVEL_ASYMMETRY);
  const char *mode = peal_line_value (theirs, PACKETIZATION_MODE);
  Profile mine, offered;

  if (mode)
    peal_line_set (line, PACKETIZATION_MODE, mode);
  if (!profile_read (peal_line_value (theirs, PROFILE_LEVEL_ID), &offered) ||
      !profile_read (row_value (codec, PROFILE_LEVEL_ID), &mine))
    return;
  gboolean two = asymmetry && !g_strcmp0 (asymmetry, "1") &&
                 !g_strcmp0 (peal_line_value (theirs, LEVEL_ASYMMETRY), "1");
  guint level = two || level_rank (&mine) < level_rank (&offered) ? mine.level : offered.level;
  g_autofree char *text = g_strdup_printf ("%02x%02x%02x", offered.idc, offered.iop, level);
  peal_line_set (line, PROFILE_LEVEL_ID, text);
  if (two)
    peal_line_set (line, LEVEL_ASYMMETRY, "1");
}

/* H.264 table A-1: macroblocks of a frame, of a second, and bits. */
static void
h264_limit (PealAgreement *agreement, const PealPayloadType *line)
{
  static const struct {
    guint rank, frame, second, kilobits;
  } rows[] = {
    { 20, 99, 1485, 64 },           { 21, 99, 1485, 128 },           { 22, 396, 3000, 192 },
    { 24, 396, 6000, 384 },         { 26, 396, 11880, 768 },         { 40, 396, 11880, 2000 },
    { 42, 792, 19800, 4000 },       { 44, 1620, 20250, 4000 },       { 60, 1620, 40500, 10000 },
    { 62, 3600, 108000, 14000 },    { 64, 5120, 216000, 20000 },     { 80, 8192, 245760, 20000 },
    { 82, 8192, 245760, 50000 },    { 84, 8704, 522240, 50000 },     { 100, 22080, 589824, 135000 },
    { 102, 36864, 983040, 240000 }, { 104, 36864, 2073600, 240000 },
  };
  Profile profile;

  if (!profile_read (peal_line_value (line, PROFILE_LEVEL_ID), &profile))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (rows[i].rank != level_rank (&profile))
      continue;
    agreement->most_pixels = 256 * rows[i].frame;
    agreement->most_fps = rows[i].second / rows[i].frame;
    agreement->most_bitrate = 1000 * rows[i].kilobits;
  }
}

/* --- the others --- */

/* RFC 9628 §6.1 and the RTP payload format for AV1 §7.2.1: a number that is 0 where it is not said.
 */
static gboolean
number_fits (const PealCodec *codec, const PealPayloadType *line, const char *name)
{
  const char *ours = row_value (codec, name), *theirs = peal_line_value (line, name);

  return !g_strcmp0 (ours ? ours : "0", theirs ? theirs : "0");
}

static gboolean
vp9_fits (const PealCodec *codec, const PealPayloadType *line)
{
  return number_fits (codec, line, "profile-id");
}

static gboolean
av1_fits (const PealCodec *codec, const PealPayloadType *line)
{
  return number_fits (codec, line, "profile");
}

/* RFC 7741 §6.1, RFC 9628 §6: macroblocks of a frame, frames of a second. */
static void
vp_limit (PealAgreement *agreement, const PealPayloadType *line)
{
  agreement->most_pixels = 256 * number_of (line, "max-fs", 1 << 20);
  agreement->most_fps = number_of (line, "max-fr", 1000);
}

typedef struct {
  const char *codec;
  gboolean (*fits) (const PealCodec *codec, const PealPayloadType *line);
  void (*answer) (PealPayloadType *line, const PealCodec *codec, const PealPayloadType *theirs);
  void (*limit) (PealAgreement *agreement, const PealPayloadType *line);
} Format;

static const Format formats[] = {
  { "H264", h264_fits, h264_write, h264_limit },
  { "VP8", NULL, NULL, vp_limit },
  { "VP9", vp9_fits, NULL, vp_limit },
  { "AV1", av1_fits, NULL, NULL },
};

static const Format *
format_of (const PealCodec *codec)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (!g_ascii_strcasecmp (formats[i].codec, codec->name))
      return &formats[i];
  return NULL;
}

gboolean
peal_format_fits (const PealCodec *codec, const PealPayloadType *line)
{
  const Format *format = format_of (codec);

  return !format || !format->fits || format->fits (codec, line);
}

void
peal_format_write (PealPayloadType *line, const PealCodec *codec, const PealPayloadType *theirs)
{
  const Format *format = theirs ? format_of (codec) : NULL;

  if (format && format->answer) {
    format->answer (line, codec, theirs);
    return;
  }
  for (const PealCodecParameter *row = codec->parameters; row && row->name; row++)
    peal_line_set (line, row->name, row->value);
}

void
peal_format_limit (PealAgreement *agreement, const PealPayloadType *theirs)
{
  const Format *format = format_of (agreement->codec);

  if (format && format->limit)
    format->limit (agreement, theirs);
}
