/* What RTP header extensions say (RFC 8285). */
// SPDX-License-Identifier: MIT
#include "media/extensions.h"

#include <string.h>

enum { ONE_BYTE = 0xbede, TWO_BYTES = 0x1000, TWO_BYTES_MASK = 0xfff0 }; /* profiles */
enum { SHORT_MOST_ID = 14, SHORT_END = 15, SHORT_MOST = 16 };            /* §4.2 */
enum { TIME = 3, NUMBER = 2, LEVEL = 1, ORIENTATION = 1 };               /* bytes of each */

/* --- reading --- */

typedef struct {
  guint16 profile;
  const guint8 *at, *end;
} Walk;

typedef struct {
  guint8 id;
  const guint8 *data;
  gsize length;
} Element;

/* §4.2, §4.3. FALSE: the end, or what cannot be read. */
static gboolean
next_element (Walk *walk, Element *element)
{
  gboolean one = walk->profile == ONE_BYTE;

  while (walk->at < walk->end && *walk->at == 0) /* padding */
    walk->at++;
  if (walk->end - walk->at < (one ? 1 : 2))
    return FALSE;
  element->id = one ? walk->at[0] >> 4 : walk->at[0];
  element->length = one ? (walk->at[0] & 15) + 1u : walk->at[1];
  element->data = walk->at + (one ? 1 : 2);
  if ((one && element->id == SHORT_END) || (gsize) (walk->end - element->data) < element->length)
    return FALSE;
  walk->at = element->data + element->length;
  return TRUE;
}

static Walk
walk_through (const PealPacket *packet)
{
  gboolean known = packet->profile == ONE_BYTE || (packet->profile & TWO_BYTES_MASK) == TWO_BYTES;

  if (!packet->extension || !known)
    return (Walk) { 0 };
  return (Walk) { packet->profile, packet->extension,
                  packet->extension + packet->extension_length };
}

static void
read_level (const Element *element, PealExtensions *said)
{
  said->has_audio_level = TRUE;
  said->voice = element->data[0] >> 7;
  said->audio_level = element->data[0] & 0x7f;
}

static void
read_element (const Element *element, const PealExtensionIds *ids, PealExtensions *said)
{
  const guint8 *data = element->data;

  if (element->id == ids->mid && element->length > 0) {
    said->mid = (const char *) data;
    said->mid_length = element->length;
  } else if (element->id == ids->abs_send_time && element->length == TIME) {
    said->has_abs_send_time = TRUE;
    said->abs_send_time = (guint32) data[0] << 16 | peal_packet_u16 (data + 1);
  } else if (element->id == ids->transport_cc && element->length >= NUMBER) {
    said->has_transport_cc = TRUE;
    said->transport_cc = peal_packet_u16 (data);
  } else if (element->id == ids->audio_level && element->length >= LEVEL)
    read_level (element, said);
  else if (element->id == ids->orientation && element->length >= ORIENTATION) {
    said->has_orientation = TRUE;
    said->orientation = data[0];
  }
}

void
peal_extensions_read (const PealPacket *packet, const PealExtensionIds *ids, PealExtensions *said)
{
  Walk walk = walk_through (packet);
  Element element;

  *said = (PealExtensions) { 0 };
  while (next_element (&walk, &element))
    if (element.id) /* 0 is no id, but ids has it for what was not agreed on */
      read_element (&element, ids, said);
}

/* --- writing --- */

static guint8 *
put (guint8 *out, guint16 profile, const Element *element)
{
  if (profile == ONE_BYTE)
    *out++ = (guint8) (element->id << 4 | (element->length - 1));
  else {
    *out++ = element->id;
    *out++ = (guint8) element->length;
  }
  memcpy (out, element->data, element->length);
  return out + element->length;
}

static guint8 *
put_all (guint8 *out, guint16 profile, const Element *elements, guint n)
{
  for (guint i = 0; i < n; i++)
    out = put (out, profile, &elements[i]);
  return out;
}

static guint16
profile_of (const Element *elements, guint n)
{
  for (guint i = 0; i < n; i++)
    if (elements[i].id > SHORT_MOST_ID || elements[i].length > SHORT_MOST)
      return TWO_BYTES;
  return ONE_BYTE;
}

static void
add (Element *elements, guint *n, const Element *element)
{
  if (element->id)
    elements[(*n)++] = *element;
}

static void
put_time (guint8 *out, guint32 time)
{
  out[0] = (guint8) (time >> 16);
  peal_packet_put_u16 (out + 1, (guint16) time);
}

void
peal_extensions_write (PealPacket *packet, const PealExtensionIds *ids, const PealExtensions *say,
                       guint8 *out)
{
  guint8 time[TIME], number[NUMBER];
  guint8 level = (guint8) ((say->voice ? 0x80 : 0) | (say->audio_level & 0x7f));
  Element elements[5];
  guint n = 0;

  put_time (time, say->abs_send_time);
  peal_packet_put_u16 (number, say->transport_cc);
  if (say->mid && say->mid_length > 0 && say->mid_length <= PEAL_EXTENSIONS_MID)
    add (elements, &n, &(Element) { ids->mid, (const guint8 *) say->mid, say->mid_length });
  if (say->has_abs_send_time)
    add (elements, &n, &(Element) { ids->abs_send_time, time, TIME });
  if (say->has_transport_cc)
    add (elements, &n, &(Element) { ids->transport_cc, number, NUMBER });
  if (say->has_audio_level)
    add (elements, &n, &(Element) { ids->audio_level, &level, LEVEL });
  if (say->has_orientation)
    add (elements, &n, &(Element) { ids->orientation, &say->orientation, ORIENTATION });

  packet->extension = n ? out : NULL;
  packet->profile = n ? profile_of (elements, n) : 0;
  guint8 *end = put_all (out, packet->profile, elements, n);
  while ((end - out) % 4)
    *end++ = 0;
  packet->extension_length = (gsize) (end - out);
}

/* --- overwriting --- */

gboolean
peal_extensions_stamp (guint8 *data, gsize length, const PealExtensionIds *ids,
                       const PealExtensions *say)
{
  PealPacket packet;
  Element element;
  gboolean numbered = FALSE;

  if (!peal_packet_read (&packet, data, length))
    return FALSE;
  Walk walk = walk_through (&packet);
  while (next_element (&walk, &element)) {
    guint8 *at = data + (element.data - data);
    if (element.id && element.id == ids->abs_send_time && element.length == TIME)
      put_time (at, say->abs_send_time);
    if (element.id && element.id == ids->transport_cc && element.length >= NUMBER) {
      peal_packet_put_u16 (at, say->transport_cc);
      numbered = TRUE;
    }
  }
  return numbered;
}

guint32
peal_extensions_time (gint64 now)
{
  guint64 whole = (guint64) now / G_USEC_PER_SEC, rest = (guint64) now % G_USEC_PER_SEC;

  return (guint32) ((whole << 18) + (rest << 18) / G_USEC_PER_SEC) & 0xffffff;
}
