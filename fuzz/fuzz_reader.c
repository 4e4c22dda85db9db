/* Fuzzes the reader: it tells the same story however the bytes are split, and nothing beyond its
 * limits.
 *
 * In an input that begins with a byte 1 (which XML cannot have): a byte 1, a letter, text up to the
 * next byte 1 is that text, doubled once for each letter from `a` on. So small inputs reach the
 * limits of bytes, depth and elements, and the others are quick. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "signaling/stream/reader.h"
#include "signaling/stream/stream_wire.h"

#define MOST_BYTES (280 * 1024) /* beyond PEAL_READER_BYTES */
#define BYTEWISE   (16 * 1024)

typedef struct {
  xmpp_ctx_t *context;
  PealReader *reader;
  GString *told;
  gboolean restarted;
} Client;

static void
heard_header (gpointer user, const char *id, const char *from)
{
  g_string_append_printf (((Client *) user)->told, "header %s %s\n", id ? id : "-",
                          from ? from : "-");
}

static guint
count (xmpp_stanza_t *stanza, guint depth)
{
  guint elements = 1;

  g_assert_cmpuint (depth, <=, PEAL_READER_DEPTH);
  g_assert_cmpint (xmpp_stanza_get_attribute_count (stanza), <=, PEAL_READER_ATTRIBUTES + 1);
  for (xmpp_stanza_t *child = xmpp_stanza_get_children (stanza); child;
       child = xmpp_stanza_get_next (child))
    if (xmpp_stanza_is_tag (child))
      elements += count (child, depth + 1);
  return elements;
}

static void
heard_stanza (gpointer user, xmpp_stanza_t *stanza)
{
  Client *client = user;
  gsize before = client->told->len;

  g_assert_cmpuint (count (stanza, 1), <=, PEAL_READER_ELEMENTS);
  peal_wire_append_stanza (client->told, stanza);
  g_autofree char *blank = peal_wire_blank (client->told->str + before, client->told->len - before);
  g_assert_true (g_utf8_validate (blank, -1, NULL));
  if (peal_element_matches (&peal_wire_success, stanza)) {
    client->restarted = TRUE;
    peal_reader_restart (client->reader);
  }
}

static void
heard_oversize (gpointer user, xmpp_stanza_t *head)
{
  Client *client = user;

  g_assert_null (xmpp_stanza_get_children (head));
  g_string_append (client->told, "oversize ");
  peal_wire_append_stanza (client->told, head);
}

static void
heard_closed (gpointer user)
{
  g_string_append (((Client *) user)->told, "closed\n");
}

static const PealReaderEvents events = {
  .header = heard_header,
  .stanza = heard_stanza,
  .oversize = heard_oversize,
  .closed = heard_closed,
};

/* What is told of @text in pieces of up to @most bytes, at random where @random is given. */
static char *
story (const GString *text, gsize most, GRand *random, gboolean *restarted)
{
  Client client = { .context = xmpp_ctx_new (NULL, NULL), .told = g_string_new (NULL) };
  gboolean good = TRUE;

  client.reader = peal_reader_new (client.context, &events, &client);
  for (gsize at = 0; at < text->len && good;) {
    gsize piece = random ? 1 + g_rand_int (random) % most : most;
    piece = MIN (piece, text->len - at);
    g_autofree char *copy = g_memdup2 (text->str + at, piece);
    good = peal_reader_feed (client.reader, copy, piece, NULL);
    at += piece;
  }
  *restarted |= client.restarted;
  peal_reader_free (client.reader);
  xmpp_ctx_free (client.context);
  return g_string_free (client.told, FALSE);
}

/* @data with its repetitions written out. */
static GString *
unfold (FuzzInput input)
{
  GString *text = g_string_new (NULL);

  if (!input.size || *input.data != 1)
    return g_string_append_len (text, (const char *) input.data, (gssize) input.size);
  fuzz_u8 (&input);
  while (input.size && text->len < MOST_BYTES) {
    const uint8_t *mark = memchr (input.data, 1, input.size);
    FuzzInput plain = fuzz_take (&input, mark ? (size_t) (mark - input.data) : input.size);
    g_string_append_len (text, (const char *) plain.data, (gssize) plain.size);
    if (fuzz_u8 (&input) != 1)
      continue;
    guint64 times = G_GUINT64_CONSTANT (1) << (fuzz_u8 (&input) - 'a') % 21u;
    mark = input.size ? memchr (input.data, 1, input.size) : NULL;
    FuzzInput again = fuzz_take (&input, mark ? (size_t) (mark - input.data) : input.size);
    fuzz_u8 (&input);
    for (; again.size && times && text->len < MOST_BYTES; times--)
      g_string_append_len (text, (const char *) again.data, (gssize) again.size);
  }
  return text;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr(GString) text = unfold ((FuzzInput) { data, size });
  g_autoptr(GRand) random = g_rand_new_with_seed (text->len ? g_str_hash (text->str) : 0);
  gboolean restarted = FALSE;
  gsize least = text->len <= BYTEWISE ? 1 : 4096;
  g_autofree char *slow = story (text, least, NULL, &restarted);
  g_autofree char *random_pieces = story (text, least * 40, random, &restarted);
  g_autofree char *whole = story (text, MAX (text->len, 1), NULL, &restarted);

  /* What follows a restart in the same piece is refused: there one story begins the other. */
  if (restarted) {
    g_assert_true (g_str_has_prefix (slow, random_pieces) ||
                   g_str_has_prefix (random_pieces, slow));
    g_assert_true (g_str_has_prefix (slow, whole) || g_str_has_prefix (whole, slow));
  } else {
    g_assert_cmpstr (slow, ==, random_pieces);
    g_assert_cmpstr (slow, ==, whole);
  }
  return 0;
}
