/* PRECIS: categories of code points, contextual rules, the bidi rule, and the two profiles. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/precis.h"

#include <gio/gio.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>
#include <unictype.h>
#include <unistr.h>

/* RFC 8264 §8. CONTEXT stands for CONTEXTJ and CONTEXTO. */
typedef enum { DISALLOWED = 0, UNASSIGNED, CONTEXT, FREE_PVALID, PVALID } Property;

typedef struct {
  ucs4_t first, last;
  Property property;
} Range;

/* RFC 8264 §9.6 (as RFC 5892 §2.6). */
static const Range exceptions[] = {
  { 0x00B7, 0x00B7, CONTEXT },    { 0x00DF, 0x00DF, PVALID },     { 0x0375, 0x0375, CONTEXT },
  { 0x03C2, 0x03C2, PVALID },     { 0x05F3, 0x05F4, CONTEXT },    { 0x0640, 0x0640, DISALLOWED },
  { 0x0660, 0x0669, CONTEXT },    { 0x06F0, 0x06F9, CONTEXT },    { 0x06FD, 0x06FE, PVALID },
  { 0x07FA, 0x07FA, DISALLOWED }, { 0x0F0B, 0x0F0B, PVALID },     { 0x3007, 0x3007, PVALID },
  { 0x302E, 0x302F, DISALLOWED }, { 0x3031, 0x3035, DISALLOWED }, { 0x303B, 0x303B, DISALLOWED },
  { 0x30FB, 0x30FB, CONTEXT },
};

/* RFC 8264 §9.9: Hangul_Syllable_Type L, V and T. */
static const Range old_hangul[] = {
  { 0x1100, 0x11FF, DISALLOWED },
  { 0xA960, 0xA97C, DISALLOWED },
  { 0xD7B0, 0xD7C6, DISALLOWED },
  { 0xD7CB, 0xD7FB, DISALLOWED },
};

static const Range *
find_range (const Range *ranges, gsize n, ucs4_t c)
{
  for (gsize i = 0; i < n; i++) {
    if (c >= ranges[i].first && c <= ranges[i].last)
      return &ranges[i];
  }
  return NULL;
}

/* RFC 8264 §9.17: differs from its NFKC form. */
static gboolean
has_compatibility_form (ucs4_t c)
{
  uint32_t buffer[UC_DECOMPOSITION_MAX_LENGTH];
  size_t length = G_N_ELEMENTS (buffer);
  uint32_t *form = u32_normalize (UNINORM_NFKC, &c, 1, buffer, &length);
  gboolean differs = form && (length != 1 || form[0] != c);

  if (form != buffer)
    g_free (form); /* GLib's memory is malloc's since 2.46 */
  return differs;
}

/* RFC 8264 §8, in its order. */
static Property
derive (ucs4_t c)
{
  const Range *exception = find_range (exceptions, G_N_ELEMENTS (exceptions), c);

  if (exception)
    return exception->property;
  if (uc_is_general_category (c, UC_UNASSIGNED) && !uc_is_property (c, UC_PROPERTY_NOT_A_CHARACTER))
    return UNASSIGNED;
  if (c >= 0x21 && c <= 0x7E)
    return PVALID;
  if (uc_is_property (c, UC_PROPERTY_JOIN_CONTROL))
    return CONTEXT;
  if (find_range (old_hangul, G_N_ELEMENTS (old_hangul), c) ||
      uc_is_property (c, UC_PROPERTY_DEFAULT_IGNORABLE_CODE_POINT) ||
      uc_is_property (c, UC_PROPERTY_NOT_A_CHARACTER) || uc_is_general_category (c, UC_CONTROL))
    return DISALLOWED;
  if (has_compatibility_form (c))
    return FREE_PVALID;
  if (uc_is_general_category_withtable (
          c, UC_CATEGORY_MASK_Ll | UC_CATEGORY_MASK_Lu | UC_CATEGORY_MASK_Lo | UC_CATEGORY_MASK_Nd |
                 UC_CATEGORY_MASK_Lm | UC_CATEGORY_MASK_Mn | UC_CATEGORY_MASK_Mc))
    return PVALID;
  if (uc_is_general_category_withtable (
          c, UC_CATEGORY_MASK_Lt | UC_CATEGORY_MASK_Nl | UC_CATEGORY_MASK_No | UC_CATEGORY_MASK_Me |
                 UC_CATEGORY_MASK_Zs | UC_CATEGORY_MASK_S | UC_CATEGORY_MASK_P))
    return FREE_PVALID;
  return DISALLOWED;
}

/* --- contextual rules: RFC 5892, appendix A --- */

typedef struct {
  const uint32_t *text;
  size_t length;
} Label;

static gboolean
has_script (ucs4_t c, const char *name)
{
  const uc_script_t *script = uc_script (c);

  return script && strcmp (script->name, name) == 0;
}

static gboolean
contains (const Label *label, ucs4_t first, ucs4_t last)
{
  for (size_t i = 0; i < label->length; i++) {
    if (label->text[i] >= first && label->text[i] <= last)
      return TRUE;
  }
  return FALSE;
}

static gboolean
has_east_asian (const Label *label)
{
  for (size_t i = 0; i < label->length; i++) {
    if (has_script (label->text[i], "Hiragana") || has_script (label->text[i], "Katakana") ||
        has_script (label->text[i], "Han"))
      return TRUE;
  }
  return FALSE;
}

/* A.1: (L or D) T* ZWNJ T* (R or D). */
static gboolean
joins_both_ways (const Label *label, size_t at)
{
  size_t before = at, after = at + 1;

  while (before > 0 && uc_joining_type (label->text[before - 1]) == UC_JOINING_TYPE_T)
    before--;
  while (after < label->length && uc_joining_type (label->text[after]) == UC_JOINING_TYPE_T)
    after++;
  if (before == 0 || after == label->length)
    return FALSE;

  int left = uc_joining_type (label->text[before - 1]);
  int right = uc_joining_type (label->text[after]);
  return (left == UC_JOINING_TYPE_L || left == UC_JOINING_TYPE_D) &&
         (right == UC_JOINING_TYPE_R || right == UC_JOINING_TYPE_D);
}

static gboolean
context_allows (const Label *label, size_t at)
{
  ucs4_t c = label->text[at];
  ucs4_t before = at > 0 ? label->text[at - 1] : 0;
  ucs4_t after = at + 1 < label->length ? label->text[at + 1] : 0;
  gboolean virama = before && uc_combining_class (before) == UC_CCC_VR;

  switch (c) {
  case 0x200C:
    return virama || joins_both_ways (label, at);
  case 0x200D:
    return virama;
  case 0x00B7:
    return before == 'l' && after == 'l';
  case 0x0375:
    return after && has_script (after, "Greek");
  case 0x05F3:
  case 0x05F4:
    return before && has_script (before, "Hebrew");
  case 0x30FB:
    return has_east_asian (label);
  default: /* Arabic-Indic digits do not mix with the extended ones */
    return c <= 0x0669 ? !contains (label, 0x06F0, 0x06F9) : !contains (label, 0x0660, 0x0669);
  }
}

/* --- the bidi rule: RFC 5893 §2 --- */

#define BIT(class_) (1u << (class_))

static gboolean
obeys_bidi_rule (const Label *label)
{
  const guint neutral = BIT (UC_BIDI_EN) | BIT (UC_BIDI_ES) | BIT (UC_BIDI_CS) | BIT (UC_BIDI_ET) |
                        BIT (UC_BIDI_ON) | BIT (UC_BIDI_BN) | BIT (UC_BIDI_NSM);
  const guint rtl = BIT (UC_BIDI_R) | BIT (UC_BIDI_AL) | BIT (UC_BIDI_AN);
  guint seen = 0, last = 0;

  for (size_t i = 0; i < label->length; i++) {
    guint bit = BIT (uc_bidi_class (label->text[i]));
    seen |= bit;
    if (bit != BIT (UC_BIDI_NSM))
      last = bit;
  }
  if (!(seen & rtl))
    return TRUE; /* the rule is for strings with right-to-left characters only */

  guint first = BIT (uc_bidi_class (label->text[0]));
  if (first & (BIT (UC_BIDI_R) | BIT (UC_BIDI_AL)))
    return !(seen & ~(rtl | neutral)) && last & (rtl | BIT (UC_BIDI_EN)) &&
           !(seen & BIT (UC_BIDI_EN) && seen & BIT (UC_BIDI_AN));
  return FALSE; /* left-to-right, and yet it has a right-to-left character */
}

/* --- profiles --- */

static gboolean
check_class (const Label *label, gboolean identifier, GError **error)
{
  for (size_t i = 0; i < label->length; i++) {
    Property property = derive (label->text[i]);
    if (property == PVALID || (property == FREE_PVALID && !identifier) ||
        (property == CONTEXT && context_allows (label, i)))
      continue;
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "U+%04X is not allowed in it",
                 label->text[i]);
    return FALSE;
  }
  return TRUE;
}

/* RFC 8264 §5.2.1: full-width and half-width characters become what they decompose to. */
static void
map_width (uint32_t *text, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
    int tag = 0;
    int n = uc_decomposition (text[i], &tag, parts);
    if (n == 1 && (tag == UC_DECOMP_WIDE || tag == UC_DECOMP_NARROW))
      text[i] = parts[0];
  }
}

static void
map_spaces (uint32_t *text, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    if (uc_is_general_category (text[i], UC_SPACE_SEPARATOR))
      text[i] = ' ';
  }
}

static char *
enforce (const char *text, gboolean identifier, GError **error)
{
  size_t length = 0, mapped = 0;
  g_autofree uint32_t *wide = NULL, *form = NULL;

  if (*text && g_utf8_validate (text, -1, NULL))
    wide = u8_to_u32 ((const uint8_t *) text, strlen (text), NULL, &length);
  if (!wide) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 *text ? "it is not UTF-8" : "it is empty");
    return NULL;
  }
  if (identifier) {
    map_width (wide, length);
    form = u32_tolower (wide, length, NULL, UNINORM_NFC, NULL, &mapped);
  } else {
    map_spaces (wide, length);
    form = u32_normalize (UNINORM_NFC, wide, length, NULL, &mapped);
  }

  const Label label = { form, mapped };
  if (identifier && !obeys_bidi_rule (&label)) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                 "it mixes directions of writing (RFC 5893)");
    return NULL;
  }
  if (!check_class (&label, identifier, error))
    return NULL;

  size_t bytes = 0;
  g_autofree uint8_t *narrow = u32_to_u8 (form, mapped, NULL, &bytes);
  return g_strndup ((const char *) narrow, bytes);
}

char *
peal_precis_username (const char *text, GError **error)
{
  return enforce (text, TRUE, error);
}

char *
peal_precis_opaque (const char *text, GError **error)
{
  return enforce (text, FALSE, error);
}
