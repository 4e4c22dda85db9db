/* The verification string of entity capabilities (XEP-0115 §5.1) and what makes one ill-formed
 * (§5.4).
 *
 * The string cannot tell all infos apart, which is how a cache gets poisoned: a '<' inside a name
 * looks like a separator, and the last features can be passed off as a form's FORM_TYPE, field and
 * value. Infos that could be read in two ways are ill-formed here as well: they still hold for the
 * address that sent them, but are never shared with another. */
// SPDX-License-Identifier: MIT
#include "signaling/im/verification.h"

#include <string.h>

static const struct {
  const char *name;
  GChecksumType type;
} functions[] = {
  { "sha-1", G_CHECKSUM_SHA1 },
  { "sha-256", G_CHECKSUM_SHA256 },
  { "sha-384", G_CHECKSUM_SHA384 },
  { "sha-512", G_CHECKSUM_SHA512 },
};

static int
find_function (const char *hash)
{
  for (gsize i = 0; hash && i < G_N_ELEMENTS (functions); i++)
    if (g_str_equal (functions[i].name, hash))
      return (int) i;
  return -1;
}

gboolean
peal_verification_known (const char *hash)
{
  return find_function (hash) >= 0;
}

static const char *
or_empty (const char *text)
{
  return text ? text : "";
}

/* i;octet: strcmp compares bytes (RFC 4790 §9.3). */
static int
compare_identities (gconstpointer a, gconstpointer b)
{
  const PealDiscoIdentity *x = *(gconstpointer const *) a, *y = *(gconstpointer const *) b;
  int order = strcmp (x->category, y->category);

  if (!order)
    order = strcmp (x->type, y->type);
  if (!order)
    order = strcmp (or_empty (x->lang), or_empty (y->lang));
  return order ? order : strcmp (or_empty (x->name), or_empty (y->name));
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
ill_formed (GError **error, const char *what, const char *value)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "ill-formed disco#info: %s \"%.100s\"",
               what, value);
  return FALSE;
}

static gboolean
append (GString *string, const char *text, GError **error)
{
  if (strchr (text, '<'))
    return ill_formed (error, "a separator inside", text);
  g_string_append (string, text);
  g_string_append_c (string, '<');
  return TRUE;
}

static GPtrArray *
sorted (GPtrArray *array, GCompareFunc compare)
{
  GPtrArray *copy = g_ptr_array_new ();

  if (array)
    g_ptr_array_extend (copy, array, NULL, NULL);
  g_ptr_array_sort (copy, compare);
  return copy;
}

static gboolean
append_identities (GString *string, GPtrArray *identities, GError **error)
{
  g_autoptr(GPtrArray) order = sorted (identities, compare_identities);

  for (guint i = 0; i < order->len; i++) {
    const PealDiscoIdentity *one = g_ptr_array_index (order, i);
    g_autofree char *text = g_strdup_printf ("%s/%s/%s/%s", one->category, one->type,
                                             or_empty (one->lang), or_empty (one->name));

    if (i && !compare_identities (&order->pdata[i - 1], &order->pdata[i]))
      return ill_formed (error, "twice the identity", text);
    if (!append (string, text, error))
      return FALSE;
  }
  return TRUE;
}

/* Appends @texts (of const char *), sorted; @twice names what must not be there twice, or is NULL.
 */
static gboolean
append_sorted (GString *string, GPtrArray *texts, const char *twice, GError **error)
{
  g_ptr_array_sort (texts, compare_texts);
  for (guint i = 0; i < texts->len; i++) {
    const char *text = texts->pdata[i];
    if (twice && i && g_str_equal (text, texts->pdata[i - 1]))
      return ill_formed (error, twice, text);
    if (!append (string, text, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
append_features (GString *string, GPtrArray *features, GError **error)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new ();

  for (guint i = 0; features && i < features->len; i++)
    g_ptr_array_add (texts, ((PealDiscoFeature *) features->pdata[i])->var);
  return append_sorted (string, texts, "twice the feature", error);
}

static GPtrArray *
texts_of (const PealDiscoField *field)
{
  GPtrArray *texts = g_ptr_array_new ();

  for (guint i = 0; field->values && i < field->values->len; i++)
    g_ptr_array_add (texts, (char *) or_empty (((PealDiscoValue *) field->values->pdata[i])->text));
  return texts;
}

static int
compare_fields (gconstpointer a, gconstpointer b)
{
  const PealDiscoField *x = *(gconstpointer const *) a, *y = *(gconstpointer const *) b;

  return strcmp (or_empty (x->var), or_empty (y->var));
}

/* A form and its FORM_TYPE, and nothing for a form that the hash passes over. */
typedef struct {
  const PealDiscoForm *form;
  const char *type;
} TypedForm;

/* §5.4, rule 3.6: a form without a hidden FORM_TYPE is ignored; rule 3.5: one whose FORM_TYPE has
 * several different values is ill-formed. */
static gboolean
type_form (TypedForm *typed, GError **error)
{
  GPtrArray *fields = typed->form->fields;

  for (guint i = 0; fields && i < fields->len; i++) {
    const PealDiscoField *field = fields->pdata[i];
    if (g_strcmp0 (field->var, "FORM_TYPE") || g_strcmp0 (field->type, "hidden"))
      continue;
    g_autoptr(GPtrArray) texts = texts_of (field);
    for (guint k = 0; k < texts->len; k++) {
      if (typed->type && !g_str_equal (typed->type, texts->pdata[k]))
        return ill_formed (error, "a second FORM_TYPE", texts->pdata[k]);
      typed->type = texts->pdata[k];
    }
  }
  return TRUE;
}

static int
compare_forms (gconstpointer a, gconstpointer b)
{
  return strcmp (((const TypedForm *) a)->type, ((const TypedForm *) b)->type);
}

static gboolean
append_form (GString *string, const TypedForm *typed, GError **error)
{
  g_autoptr(GPtrArray) fields = sorted (typed->form->fields, compare_fields);

  if (fields->len < 2)
    return ill_formed (error, "nothing in the form", typed->type);
  if (!append (string, typed->type, error))
    return FALSE;
  for (guint i = 0; i < fields->len; i++) {
    const PealDiscoField *field = fields->pdata[i];
    if (!g_strcmp0 (field->var, "FORM_TYPE"))
      continue;
    if (strchr (or_empty (field->var), ':')) /* what features look like, and fields do not */
      return ill_formed (error, "a feature as a field", field->var);
    g_autoptr(GPtrArray) texts = texts_of (field);
    if (!append (string, or_empty (field->var), error) ||
        !append_sorted (string, texts, NULL, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
append_forms (GString *string, GPtrArray *forms, GError **error)
{
  g_autoptr(GArray) order = g_array_new (FALSE, FALSE, sizeof (TypedForm));

  for (guint i = 0; forms && i < forms->len; i++) {
    TypedForm typed = { .form = forms->pdata[i] };
    if (!type_form (&typed, error))
      return FALSE;
    if (typed.type)
      g_array_append_val (order, typed);
  }
  g_array_sort (order, compare_forms);
  for (guint i = 0; i < order->len; i++) {
    const TypedForm *typed = &g_array_index (order, TypedForm, i);
    if (i && !compare_forms (typed - 1, typed))
      return ill_formed (error, "two forms of FORM_TYPE", typed->type);
    if (!append_form (string, typed, error))
      return FALSE;
  }
  return TRUE;
}

char *
peal_verification_make (const PealDiscoInfo *info, const char *hash, GError **error)
{
  int function = find_function (hash);
  g_autoptr(GString) string = g_string_new (NULL);
  guint8 digest[64];
  gsize length = sizeof digest;

  if (function < 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "caps hash \"%.100s\" is not known",
                 or_empty (hash));
    return NULL;
  }
  if (!append_identities (string, info->identities, error) ||
      !append_features (string, info->features, error) ||
      !append_forms (string, info->forms, error))
    return NULL;

  g_autoptr(GChecksum) checksum = g_checksum_new (functions[function].type);
  g_checksum_update (checksum, (const guchar *) string->str, (gssize) string->len);
  g_checksum_get_digest (checksum, digest, &length);
  return g_base64_encode (digest, length);
}
