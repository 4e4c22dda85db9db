/* Lines beside those of codecs that repair what is lost of a picture: retransmissions (RFC 4588)
 * and redundant data (RFC 2198 around RFC 5109). */
// SPDX-License-Identifier: MIT
#include "media/negotiate_inner.h"

#define RTX    "rtx"
#define RED    "red"
#define ULPFEC "ulpfec"

enum { PICTURE_CLOCK = 90000 };                                 /* Hz */
enum { RED_NUMBER = 120, RED_RTX_NUMBER, ULPFEC_NUMBER = 123 }; /* as good as others */

static gboolean
is_named (const PealPayloadType *line, const char *name)
{
  return line->name && !g_ascii_strcasecmp (line->name, name);
}

gboolean
peal_repair_is (const PealPayloadType *line)
{
  return is_named (line, RTX) || is_named (line, RED) || is_named (line, ULPFEC);
}

/* The first line of that name for pictures. */
static const PealPayloadType *
repair_of (const PealRtpDescription *description, const char *name)
{
  for (guint i = 0; i < peal_line_count (description); i++) {
    const PealPayloadType *line = peal_line_at (description, i);
    if (is_named (line, name) && peal_line_counts (description, i) &&
        (line->clockrate == 0 || line->clockrate == PICTURE_CLOCK))
      return line;
  }
  return NULL;
}

/* RFC 4588 §8.1: what carries the retransmissions of @id. */
static const PealPayloadType *
rtx_of (const PealRtpDescription *description, guint id)
{
  for (guint i = 0; i < peal_line_count (description); i++) {
    const PealPayloadType *line = peal_line_at (description, i);
    const char *apt = is_named (line, RTX) ? peal_line_value (line, "apt") : NULL;
    guint64 number;
    if (apt && peal_line_counts (description, i) &&
        g_ascii_string_to_unsigned (apt, 10, 0, 127, &number, NULL) && number == id)
      return line;
  }
  return NULL;
}

static void
add_rtx (PealRtpDescription *description, guint id, guint original)
{
  g_autofree char *apt = g_strdup_printf ("%u", original);

  peal_line_set (peal_line_add (description, id, RTX, PICTURE_CLOCK), "apt", apt);
}

void
peal_repair_offer (PealRtpDescription *offer, PealStrip strip)
{
  guint n_codecs = peal_line_count (offer);

  for (guint i = 0; !(strip & PEAL_STRIP_RTX) && i < n_codecs; i++) {
    guint id = peal_line_at (offer, i)->id;
    add_rtx (offer, peal_line_number (offer, id + 1), id);
  }
  if (strip & PEAL_STRIP_FEC)
    return;
  guint red = peal_line_number (offer, RED_NUMBER);
  peal_line_add (offer, red, RED, PICTURE_CLOCK);
  if (!(strip & PEAL_STRIP_RTX))
    add_rtx (offer, peal_line_number (offer, RED_RTX_NUMBER), red);
  peal_line_add (offer, peal_line_number (offer, ULPFEC_NUMBER), ULPFEC, PICTURE_CLOCK);
}

static void
answer_rtx (PealRtpDescription *answer, const PealRtpDescription *offer, guint id)
{
  const PealPayloadType *rtx = rtx_of (offer, id);

  if (rtx && !peal_line_find (answer, rtx->id))
    add_rtx (answer, rtx->id, id);
}

void
peal_repair_answer (PealRtpDescription *answer, const PealRtpDescription *offer, PealStrip strip)
{
  const PealPayloadType *red = repair_of (offer, RED), *ulpfec = repair_of (offer, ULPFEC);
  guint n_codecs = peal_line_count (answer);

  for (guint i = 0; !(strip & PEAL_STRIP_RTX) && i < n_codecs; i++)
    answer_rtx (answer, offer, peal_line_at (answer, i)->id);
  if (strip & PEAL_STRIP_FEC || !red || !ulpfec || red->id == ulpfec->id ||
      peal_line_find (answer, red->id) || peal_line_find (answer, ulpfec->id))
    return;
  peal_line_add (answer, red->id, RED, PICTURE_CLOCK);
  if (!(strip & PEAL_STRIP_RTX))
    answer_rtx (answer, offer, red->id);
  peal_line_add (answer, ulpfec->id, ULPFEC, PICTURE_CLOCK);
}

/* Both descriptions have it, or neither counts. */
static void
choose_rtx (guint8 *send, guint8 *receive, const PealPayloadType *theirs,
            const PealPayloadType *ours)
{
  if (!theirs || !ours)
    return;
  *send = (guint8) theirs->id;
  *receive = (guint8) ours->id;
}

void
peal_repair_choose (PealAgreement *agreement, const PealRtpDescription *local,
                    const PealRtpDescription *remote)
{
  const PealPayloadType *our_red = repair_of (local, RED), *our_fec = repair_of (local, ULPFEC);
  const PealPayloadType *red = repair_of (remote, RED), *fec = repair_of (remote, ULPFEC);

  choose_rtx (&agreement->send_rtx, &agreement->receive_rtx, rtx_of (remote, agreement->send),
              rtx_of (local, agreement->receive));
  if (!our_red || !our_fec || !red || !fec)
    return;
  agreement->send_red = (guint8) red->id;
  agreement->receive_red = (guint8) our_red->id;
  agreement->send_ulpfec = (guint8) fec->id;
  agreement->receive_ulpfec = (guint8) our_fec->id;
  choose_rtx (&agreement->send_red_rtx, &agreement->receive_red_rtx, rtx_of (remote, red->id),
              rtx_of (local, our_red->id));
}
