/* The status line: parts in several forms, and a table that says which is made shorter next. */
// SPDX-License-Identifier: MIT
#include "cli/status.h"

#include <math.h>

#include "cli/columns.h"
#include "cli/sentence.h"

#define QUIETEST -60.0 /* dBFS: an empty meter */
#define GONE     3     /* the form of what is left out */
#define NAME     12    /* columns that a name keeps beside who it is that waits */

typedef enum {
  TIME,
  WORD,
  STATE,
  CODEC,
  PICTURE,
  PATH,
  ENCRYPTION,
  LOSS,
  RTT,
  SENT,
  HEARD,
  PEER,
  KEYS
} Part;
#define N_PARTS (KEYS + 1)
#define GAP     N_PARTS /* a step of its own: one space between parts instead of two */
#define METERS  SENT    /* and HEARD: they look alike */

typedef enum { PLAIN, GOOD, ATTENTION, BAD } Colour;

typedef struct {
  const PealStatus *status;
  const PealStatusLook *look;
  guint forms[N_PARTS + 1];
  guint name; /* columns for the peer */
} Line;

static const char *const colours[] = {
  [GOOD] = "\033[32m",
  [ATTENTION] = "\033[33m",
  [BAD] = "\033[1;31m",
};

char *
peal_status_time (guint seconds)
{
  guint hours = seconds / 3600, minutes = seconds / 60 % 60;

  return hours ? g_strdup_printf ("%u:%02u:%02u", hours, minutes, seconds % 60)
               : g_strdup_printf ("%u:%02u", minutes, seconds % 60);
}

static const char *
cut_mark (const PealStatusLook *look)
{
  return look->utf8 ? "…" : "~";
}

/* --- the parts: each appends its text in @form, or nothing --- */

static Colour
time_part (GString *out, const Line *line, guint form)
{
  g_autofree char *time = peal_status_time (line->status->seconds);

  g_string_append (out, time);
  return PLAIN;
}

static Colour
word_part (GString *out, const Line *line, guint form)
{
  static const char *const words[] = {
    [PEAL_STATUS_CALLING] = "calling",
    [PEAL_STATUS_RINGING] = "ringing",
    [PEAL_STATUS_RUNG] = "incoming",
    [PEAL_STATUS_CONNECTING] = "connecting",
  };

  if (line->status->stage != PEAL_STATUS_TALKING)
    g_string_append (out, words[line->status->stage]);
  if (line->status->others)
    g_string_append_printf (out, "%s+%u", out->len ? " " : "", line->status->others);
  return ATTENTION;
}

static Colour
state_part (GString *out, const Line *line, guint form)
{
  static const struct {
    PealStatusFlags flag;
    const char *word, *letter;
  } rows[] = {
    { PEAL_STATUS_WEAK, "PATH WEAK", "!" },
    { PEAL_STATUS_MIC_GONE, "MIC GONE", "I" },
    { PEAL_STATUS_SPEAKER_GONE, "SPEAKER GONE", "O" },
    { PEAL_STATUS_CAMERA_GONE, "CAMERA GONE", "C" },
    { PEAL_STATUS_MUTED, "MUTED", "M" },
    { PEAL_STATUS_HELD, "ON HOLD", "H" },
    { PEAL_STATUS_THEY_HELD, "they hold", "h" },
    { PEAL_STATUS_THEY_MUTED, "they mute", "m" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    if (!(line->status->flags & rows[i].flag))
      continue;
    if (form == 0 && out->len)
      g_string_append_c (out, ' ');
    g_string_append (out, form == 0 ? rows[i].word : rows[i].letter);
  }
  return line->status->flags < PEAL_STATUS_WEAK ? ATTENTION : BAD;
}

static Colour
codec_part (GString *out, const Line *line, guint form)
{
  if (line->status->codec)
    g_string_append (out, line->status->codec);
  return PLAIN;
}

/* "cam" for ours, then what is seen of theirs. */
static Colour
picture_part (GString *out, const Line *line, guint form)
{
  const PealStatus *status = line->status;
  gboolean sees = status->height > 0;

  if (form == 2) {
    g_string_append_printf (out, "%s%s", status->showing ? "c" : "", sees ? "v" : "");
    return GOOD;
  }
  if (status->showing)
    g_string_append (out, sees ? "cam " : "cam");
  if (sees && form == 0)
    g_string_append_printf (out, "%dx%d", status->width, status->height);
  else if (sees)
    g_string_append_printf (out, "%dp", status->height);
  if (sees && isfinite (status->fps))
    g_string_append_printf (out, form == 0 ? " %.0f fps" : "%.0f", CLAMP (status->fps, 0, 999));
  return GOOD;
}

static Colour
path_part (GString *out, const Line *line, guint form)
{
  if (line->status->path)
    g_string_append_printf (out, form == 0 ? "%s" : "%.3s", line->status->path);
  return PLAIN;
}

/* That nothing is encrypted is said in every form. */
static Colour
encryption_part (GString *out, const Line *line, guint form)
{
  static const char *const none[] = { "NOT ENCRYPTED", "PLAIN", "PLAIN" };
  const char *encryption = line->status->encryption;

  if (!encryption)
    return PLAIN;
  if (!g_strcmp0 (encryption, "none")) {
    g_string_append (out, none[form]);
    return BAD;
  }
  const char *dash = g_strrstr (encryption, "-");
  if (form < 2)
    g_string_append_len (out, encryption, form && dash ? dash - encryption : -1);
  return GOOD;
}

static Colour
loss_part (GString *out, const Line *line, guint form)
{
  static const char *const formats[] = { "loss %4.1f %%", "loss %.1f%%", "%.1f%%" };
  double loss = CLAMP (line->status->loss, 0, 100);

  if (isnan (line->status->loss))
    return PLAIN;
  g_string_append_printf (out, formats[form], loss);
  return loss >= 5 ? BAD : loss >= 1 ? ATTENTION : PLAIN;
}

static Colour
rtt_part (GString *out, const Line *line, guint form)
{
  static const char *const formats[] = { "rtt %3.0f ms", "%.0f ms", "%.0fms" };
  double rtt = CLAMP (line->status->rtt_ms, 0, 99999);

  if (isnan (line->status->rtt_ms))
    return PLAIN;
  g_string_append_printf (out, formats[form], rtt);
  return rtt >= 300 ? ATTENTION : PLAIN;
}

/* @cells cells, filled from the left by eighths. */
static void
bar (GString *out, double share, guint cells, gboolean utf8)
{
  static const char *const eighths[] = { "·", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
  guint lit = (guint) lround (share * cells * 8);

  for (guint cell = 0; cell < cells; cell++) {
    guint here = lit > cell * 8 ? MIN (lit - cell * 8, 8) : 0;
    g_string_append (out, utf8 ? eighths[here] : here >= 4 ? "#" : "-");
  }
}

static Colour
meter (GString *out, const Line *line, guint form, gboolean sent)
{
  static const char *const steps[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
  double level = sent ? line->status->sent_db : line->status->heard_db;
  double share = isnan (level) ? 0 : 1 - CLAMP (level, QUIETEST, 0) / QUIETEST;
  gboolean utf8 = line->look->utf8;

  if (form < 2) {
    g_string_append (out, sent ? "mic " : "ear ");
    bar (out, share, form == 0 ? 6 : 3, utf8);
  } else if (utf8)
    g_string_append_printf (out, "%s%s", sent ? "↑" : "↓", steps[lround (share * 7)]);
  else
    g_string_append_printf (out, "%s%ld", sent ? "^" : "v", lround (share * 9));
  return level > -3 ? BAD : GOOD; /* as good as clipped */
}

static Colour
sent_part (GString *out, const Line *line, guint form)
{
  return meter (out, line, form, TRUE);
}

static Colour
heard_part (GString *out, const Line *line, guint form)
{
  return meter (out, line, form, FALSE);
}

/* A locale without UTF-8 shows what it has no letters for as ?. */
static Colour
peer_part (GString *out, const Line *line, guint form)
{
  g_autofree char *safe = peal_sentence_safe (line->status->peer ? line->status->peer : "");
  g_autoptr(GString) shown = g_string_new (NULL);

  for (const char *at = safe; *at; at = g_utf8_next_char (at)) {
    gunichar letter = g_utf8_get_char (at);
    if (line->look->utf8 || letter < 0x80)
      g_string_append_unichar (shown, letter);
    else if (!g_unichar_iszerowidth (letter))
      g_string_append_c (shown, '?');
  }
  g_autofree char *cut = peal_columns_cut (shown->str, line->name, cut_mark (line->look));
  g_string_append (out, cut);
  return PLAIN;
}

static Colour
keys_part (GString *out, const Line *line, guint form)
{
  static const char *const hints[] = {
    [PEAL_STATUS_CALLING] = "(q gives up)",         [PEAL_STATUS_RINGING] = "(q gives up)",
    [PEAL_STATUS_RUNG] = "(a accepts, d declines)", [PEAL_STATUS_CONNECTING] = "(q hangs up)",
    [PEAL_STATUS_TALKING] = "(? for keys)",
  };

  if (!line->status->keys)
    return PLAIN;
  if (form == 0)
    g_string_append (out, hints[line->status->stage]);
  else if (line->status->stage == PEAL_STATUS_RUNG)
    g_string_append (out, "a/d");
  return PLAIN;
}

static Colour (*const parts[N_PARTS]) (GString *out, const Line *line, guint form) = {
  [TIME] = time_part,
  [WORD] = word_part,
  [STATE] = state_part,
  [CODEC] = codec_part,
  [PICTURE] = picture_part,
  [PATH] = path_part,
  [ENCRYPTION] = encryption_part,
  [LOSS] = loss_part,
  [RTT] = rtt_part,
  [SENT] = sent_part,
  [HEARD] = heard_part,
  [PEER] = peer_part,
  [KEYS] = keys_part,
};

/* --- putting them together --- */

/* In this order, until the line fits. */
static const struct {
  guint part, form;
} steps[] = {
  { GAP, 1 },        { RTT, 1 },      { LOSS, 1 },    { PICTURE, 1 },    { METERS, 1 },
  { ENCRYPTION, 1 }, { LOSS, 2 },     { RTT, 2 },     { METERS, 2 },     { PATH, 1 },
  { KEYS, GONE },    { CODEC, GONE }, { PATH, GONE }, { ENCRYPTION, 2 }, { PICTURE, 2 },
  { RTT, GONE },     { LOSS, GONE },  { STATE, 1 },   { METERS, GONE },  { PICTURE, GONE },
  { WORD, GONE },
};

static void
append (GString *out, const Line *line, Part part)
{
  g_autoptr(GString) text = g_string_new (NULL);

  if (line->forms[part] == GONE)
    return;
  Colour colour = parts[part](text, line, line->forms[part]);
  if (!text->len)
    return;
  if (out->len)
    g_string_append (out, line->forms[GAP] ? " " : "  ");
  gboolean coloured = colour != PLAIN && line->look->colour;
  g_string_append_printf (out, "%s%s%s", coloured ? colours[colour] : "", text->str,
                          coloured ? "\033[m" : "");
}

static char *
together (const Line *line)
{
  g_autoptr(GString) out = g_string_new (NULL);

  for (Part part = TIME; part < N_PARTS; part++)
    append (out, line, part);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static guint
width_of (const Line *line)
{
  const PealStatusLook plain = { .columns = line->look->columns, .utf8 = line->look->utf8 };
  Line uncoloured = *line;
  uncoloured.look = &plain;
  g_autofree char *text = together (&uncoloured);

  return peal_columns_of (text);
}

static gboolean
fits (const Line *line)
{
  return width_of (line) <= line->look->columns;
}

/* While we talk everybody knows with whom: that is said where there is room for everything. */
static void
shape_talk (Line *line)
{
  if (!fits (line))
    line->forms[KEYS] = GONE;
  if (!fits (line))
    line->forms[PEER] = GONE;
}

/* Before, it matters most who it is. */
static void
shape_ringing (Line *line)
{
  for (Part part = CODEC; part <= HEARD; part++) /* nothing of it is known */
    line->forms[part] = GONE;
  for (guint i = 0; i < 2 && !fits (line); i++) {
    guint over = width_of (line) - line->look->columns;
    g_autoptr(GString) name = g_string_new (NULL);
    peer_part (name, line, 0);
    guint whole = peal_columns_of (name->str);
    line->name = MAX (NAME, whole > over ? whole - over : 0);
    if (!fits (line)) {
      line->forms[KEYS] = 1;
      line->name = G_MAXUINT;
    }
  }
}

char *
peal_status_text (const PealStatus *status, const PealStatusLook *look)
{
  Line line = { .status = status, .look = look, .name = G_MAXUINT };

  if (status->stage == PEAL_STATUS_TALKING)
    shape_talk (&line);
  else
    shape_ringing (&line);
  for (gsize i = 0; i < G_N_ELEMENTS (steps) && !fits (&line); i++) {
    line.forms[steps[i].part] = MAX (line.forms[steps[i].part], steps[i].form);
    line.forms[HEARD] = line.forms[METERS];
  }
  if (fits (&line))
    return together (&line);
  /* What is left is the time, some letters, and a name. */
  const PealStatusLook plain = { .columns = look->columns, .utf8 = look->utf8 };
  line.look = &plain;
  g_autofree char *text = together (&line);
  return peal_columns_cut (text, look->columns, cut_mark (look));
}
