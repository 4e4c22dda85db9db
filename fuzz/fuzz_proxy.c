/* Fuzzes the way to the server: URLs of proxies, lists of those who need none, pins, and what a
 * proxy answers.
 *
 * An input is a line with the URL, one with a list as NO_PROXY has it, one with pins, a byte for
 * how many bytes come at a time, and then what the proxy says. Whatever that is: we are through, or
 * there is a sentence that says why not, without the password. */
// SPDX-License-Identifier: MIT
#include "fuzz/fuzz.h"

#include "signaling/event.h"
#include "signaling/stream/failure.h"
#include "signaling/stream/pin.h"
#include "signaling/stream/proxy.h"

#define PASSWORD "hunter2"

static void
try_list (const char *list)
{
  static const char *const hosts[] = { "xmpp.example.org", "192.0.2.7", "2001:db8::7",
                                       "localhost" };

  for (gsize i = 0; i < G_N_ELEMENTS (hosts); i++)
    if (peal_proxy_exempts (list, hosts[i]))
      g_assert_true (*list);
}

static void
try_pins (const char *text)
{
  g_autoptr(GByteArray) pins = g_byte_array_new ();
  g_autoptr(GError) error = NULL;
  gboolean good = peal_pins_add (pins, text, &error);

  g_assert_true (good == (error == NULL));
  g_assert_true (!good || pins->len % 32 == 0);
}

static void
passed (GObject *source, GAsyncResult *result, gpointer user)
{
  *(GAsyncResult **) user = g_object_ref (result);
}

/* What the proxy says, in pieces of @most bytes. */
static GInputStream *
pieces (FuzzInput input, guint most)
{
  GInputStream *stream = g_memory_input_stream_new ();

  while (input.size) {
    FuzzInput piece = fuzz_take (&input, most);
    g_memory_input_stream_add_data (G_MEMORY_INPUT_STREAM (stream), fuzz_copy (piece),
                                    (gssize) piece.size, g_free);
  }
  return stream;
}

static void
try_pass (PealProxy *proxy, FuzzInput input)
{
  gboolean said = memmem (input.data, input.size, PASSWORD, strlen (PASSWORD)) != NULL;
  guint most = 1 + fuzz_u8 (&input);
  g_autoptr(GInputStream) in = pieces (input, most);
  g_autoptr(GOutputStream) out = g_memory_output_stream_new_resizable ();
  g_autoptr(GIOStream) base = g_simple_io_stream_new (in, out);
  PealProxyWish wish = { .proxy = proxy, .base = base, .host = "xmpp.example.org", .port = 5222 };
  g_autoptr(GAsyncResult) result = NULL;
  g_autoptr(GError) error = NULL;

  peal_proxy_pass (&wish, NULL, passed, &result);
  while (!result)
    g_main_context_iteration (NULL, TRUE);
  gboolean good = peal_proxy_pass_finish (result, &error);
  g_assert_true (good == (error == NULL));
  g_assert_true (!error || (error->domain == PEAL_CAUSE && *error->message));
  g_assert_true (said || !error || !strstr (error->message, PASSWORD));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = { data, size };
  g_autofree char *url = fuzz_line (&input);
  g_autofree char *list = fuzz_line (&input);
  g_autofree char *pins = fuzz_line (&input);
  g_autoptr(GError) error = NULL;

  if (!pins)
    return 0;
  try_list (list);
  try_pins (pins);
  g_autoptr(PealProxy) proxy = peal_proxy_parse (url, &error);
  g_assert_true ((proxy == NULL) == (error != NULL));
  if (!proxy)
    return 0;
  if (strstr (url, PASSWORD))
    return 0; /* as a name it may be told */
  proxy = peal_proxy_with_password (g_steal_pointer (&proxy), PASSWORD);
  try_pass (proxy, input);
  return 0;
}
