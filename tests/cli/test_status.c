/* The status line at every width: what it says, what it leaves out, and that it never is too wide.
 */
// SPDX-License-Identifier: MIT
#include <math.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/status.h"

static PealStatus
talk (void)
{
  return (PealStatus) {
    .stage = PEAL_STATUS_TALKING,
    .seconds = 133,
    .keys = TRUE,
    .peer = "bob@example.org",
    .codec = "opus",
    .path = "direct",
    .encryption = "dtls-srtp",
    .loss = 0,
    .rtt_ms = 12,
    .sent_db = -20,
    .heard_db = -32,
  };
}

static char *
shown (const PealStatus *status, guint columns)
{
  const PealStatusLook look = { .columns = columns, .utf8 = TRUE };

  return peal_status_text (status, &look);
}

#define SHOWS(status_, columns_, expected_)                                                        \
  do {                                                                                             \
    g_autofree char *line_ = shown (&(status_), columns_);                                         \
    g_assert_cmpstr (line_, ==, expected_);                                                        \
  } while (0)

static void
everything_has_its_place (void)
{
  PealStatus status = talk ();

  SHOWS (status, 120,
         "2:13  opus  direct  dtls-srtp  loss  0.0 %  rtt  12 ms  mic ████··  ear ██▊···  "
         "bob@example.org  (? for keys)");
  SHOWS (status, 79,
         "2:13  opus  direct  dtls-srtp  loss  0.0 %  rtt  12 ms  mic ████··  ear ██▊···");
  SHOWS (status, 39, "2:13 opus direct dtls 0.0% 12ms ↑▆ ↓▄");
  SHOWS (status, 20, "2:13 0.0% 12ms ↑▆ ↓▄");
  SHOWS (status, 4, "2:13");
  SHOWS (status, 3, "2:…");
  SHOWS (status, 0, "");
  status.seconds = 3725;
  SHOWS (status, 39, "1:02:05 opus dir dtls 0.0% 12ms ↑▆ ↓▄");
}

/* How the call stands is said before all numbers; that nobody encrypts, always. */
static void
what_matters_stays (void)
{
  PealStatus status = talk ();

  status.flags = PEAL_STATUS_MUTED | PEAL_STATUS_THEY_HELD;
  SHOWS (status, 79, "2:13 MUTED they hold opus direct dtls-srtp loss 0.0% 12 ms mic ██· ear █▍·");
  SHOWS (status, 39, "2:13 MUTED they hold 0.0% 12ms ↑▆ ↓▄");
  SHOWS (status, 8, "2:13 Mh");
  status.flags = PEAL_STATUS_WEAK | PEAL_STATUS_MIC_GONE;
  SHOWS (status, 39, "2:13 PATH WEAK MIC GONE 0.0% 12ms ↑▆ ↓▄");
  status.flags = 0;
  status.encryption = "none";
  SHOWS (status, 79, "2:13 opus direct NOT ENCRYPTED loss  0.0 % rtt  12 ms mic ████·· ear ██▊···");
  SHOWS (status, 39, "2:13 opus direct PLAIN 0.0% 12ms ↑▆ ↓▄");
  SHOWS (status, 10, "2:13 PLAIN");
}

static void
what_is_not_known_is_not_shown (void)
{
  PealStatus status = { .stage = PEAL_STATUS_TALKING,
                        .keys = TRUE,
                        .loss = NAN,
                        .rtt_ms = NAN,
                        .sent_db = NAN,
                        .heard_db = NAN };

  SHOWS (status, 50, "0:00  mic ······  ear ······  (? for keys)");
  status.keys = FALSE; /* standard input is sound, say */
  SHOWS (status, 50, "0:00  mic ······  ear ······");
  status.loss = 133;
  status.rtt_ms = -5;
  status.sent_db = -INFINITY;
  status.heard_db = INFINITY;
  SHOWS (status, 60, "0:00  loss 100.0 %  rtt   0 ms  mic ······  ear ██████");
}

static void
pictures (void)
{
  PealStatus status = talk ();

  status.showing = TRUE;
  SHOWS (status, 120,
         "2:13  opus  cam  direct  dtls-srtp  loss  0.0 %  rtt  12 ms  mic ████··  ear ██▊···  "
         "bob@example.org  (? for keys)");
  status.width = 640;
  status.height = 360;
  status.fps = 14.6;
  SHOWS (status, 120,
         "2:13  opus  cam 640x360 15 fps  direct  dtls-srtp  loss  0.0 %  rtt  12 ms  "
         "mic ████··  ear ██▊···  bob@example.org");
  SHOWS (status, 79, "2:13 opus cam 360p15 direct dtls-srtp loss 0.0% 12 ms mic ████·· ear ██▊···");
  status.showing = FALSE;
  SHOWS (status, 50, "2:13 opus 360p15 direct dtls 0.0% 12ms ↑▆ ↓▄");
  SHOWS (status, 24, "2:13 v 0.0% 12ms ↑▆ ↓▄");
  status.flags = PEAL_STATUS_CAMERA_GONE;
  SHOWS (status, 12, "2:13 C v");
}

static void
ringing (void)
{
  PealStatus status = { .stage = PEAL_STATUS_RUNG,
                        .seconds = 5,
                        .keys = TRUE,
                        .others = 1,
                        .peer = "alice@example.org",
                        .loss = NAN,
                        .rtt_ms = NAN };

  SHOWS (status, 79, "0:05  incoming +1  alice@example.org  (a accepts, d declines)");
  SHOWS (status, 56, "0:05  incoming +1  alice@examp…  (a accepts, d declines)");
  SHOWS (status, 39, "0:05  incoming +1  alice@example.…  a/d");
  SHOWS (status, 12, "0:05 alice@…");
  status.stage = PEAL_STATUS_RINGING;
  status.others = 0;
  SHOWS (status, 79, "0:05  ringing  alice@example.org  (q gives up)");
  status.stage = PEAL_STATUS_CALLING;
  SHOWS (status, 39, "0:05  calling  alice@example.org");
}

static void
names_of_the_world (void)
{
  PealStatus status = {
    .stage = PEAL_STATUS_RINGING, .peer = "日本語@例え.jp", .seconds = 1, .keys = TRUE
  };
  const PealStatusLook ascii = { .columns = 60 };

  SHOWS (status, 60, "0:01  ringing  日本語@例え.jp  (q gives up)");
  SHOWS (status, 10, "0:01 日本…");
  g_autofree char *text = peal_status_text (&status, &ascii);
  g_assert_cmpstr (text, ==, "0:01  ringing  \?\?\?@\?\?.jp  (q gives up)");
  status.peer = "e\314\201ve\314\201@x"; /* é in two */
  SHOWS (status, 8, "0:01 e\314\201v…");
  status.peer = "\033[2J\342\200\256x\n";
  SHOWS (status, 60, "0:01  ringing  \357\277\275[2J\357\277\275x\357\277\275  (q gives up)");
}

/* Without UTF-8 there is nothing but ASCII, and without colour no escape. */
static void
plain_terminals (void)
{
  PealStatus status = talk ();
  const PealStatusLook ascii = { .columns = 79 }, narrow = { .columns = 39 },
                       coloured = { .columns = 79, .utf8 = TRUE, .colour = TRUE };
  g_autofree char *wide = peal_status_text (&status, &ascii);
  g_autofree char *thin = peal_status_text (&status, &narrow);
  g_autofree char *bright = peal_status_text (&status, &coloured);

  g_assert_cmpstr (
      wide, ==, "2:13  opus  direct  dtls-srtp  loss  0.0 %  rtt  12 ms  mic ####--  ear ###---");
  g_assert_cmpstr (thin, ==, "2:13 opus direct dtls 0.0% 12ms ^6 v4");
  g_assert_nonnull (strstr (bright, "\033[32mdtls-srtp\033[m"));
}

/* What the terminal shows of @text: without its colours. */
static char *
without_colours (const char *text)
{
  g_autoptr(GRegex) escapes = g_regex_new ("\033\\[[0-9;]*m", 0, 0, NULL);

  return g_regex_replace_literal (escapes, text, -1, 0, "", 0, NULL);
}

static const char *const peers[] = {
  NULL,
  "",
  "b@x",
  "日本語日本語日本語日本語@例え.jp",
  "e\314\201\314\201\314\201@x/\342\200\215\360\237\221\251",
  "a-very-long-name-that-goes-on-and-on@a-very-long-server.example"
};
static const double numbers[] = { NAN, 0, 3.14159, -70, 100, 1e300, -1e300 };

static PealStatus
any (GRand *rand)
{
  static const char *const words[] = { NULL, "opus", "telephone-event-of-a-length" };
  static const char *const ways[] = { NULL, "none", "dtls-srtp", "hop-by-hop", "x" };

  return (PealStatus) {
    .stage = (PealStatusStage) g_rand_int_range (rand, 1, PEAL_STATUS_TALKING + 1),
    .flags = (PealStatusFlags) g_rand_int_range (rand, 0, 128),
    .seconds = g_rand_int (rand),
    .keys = g_rand_boolean (rand),
    .others = g_rand_boolean (rand) ? 0 : g_rand_int (rand),
    .peer = peers[g_rand_int_range (rand, 0, G_N_ELEMENTS (peers))],
    .codec = words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))],
    .path = words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))],
    .encryption = ways[g_rand_int_range (rand, 0, G_N_ELEMENTS (ways))],
    .loss = numbers[g_rand_int_range (rand, 0, G_N_ELEMENTS (numbers))],
    .rtt_ms = numbers[g_rand_int_range (rand, 0, G_N_ELEMENTS (numbers))],
    .sent_db = numbers[g_rand_int_range (rand, 0, G_N_ELEMENTS (numbers))],
    .heard_db = numbers[g_rand_int_range (rand, 0, G_N_ELEMENTS (numbers))],
  };
}

static void
never_too_wide (void)
{
  guint32 seed = g_test_rand_int ();
  g_autoptr(GRand) rand = g_rand_new_with_seed (seed);
  g_test_message ("seed %u", seed);

  for (guint round = 0; round < 50; round++) {
    const PealStatus status = any (rand);
    for (guint columns = 0; columns <= 200; columns++) {
      const PealStatusLook look = { columns, g_rand_boolean (rand), g_rand_boolean (rand) };
      g_autofree char *text = peal_status_text (&status, &look);
      g_autofree char *bare = without_colours (text);
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_cmpuint (peal_columns_of (bare), <=, columns);
      g_assert_null (strpbrk (bare, "\033\r\n\t"));
      g_assert_true (look.utf8 || g_str_is_ascii (text));
      g_assert_true (look.colour || !strcmp (text, bare));
      g_assert_true (columns < 8 || status.seconds > 3600 || strchr (bare, ':'));
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/status/everything-has-its-place", everything_has_its_place);
  g_test_add_func ("/cli/status/what-matters-stays", what_matters_stays);
  g_test_add_func ("/cli/status/what-is-not-known", what_is_not_known_is_not_shown);
  g_test_add_func ("/cli/status/pictures", pictures);
  g_test_add_func ("/cli/status/ringing", ringing);
  g_test_add_func ("/cli/status/names-of-the-world", names_of_the_world);
  g_test_add_func ("/cli/status/plain-terminals", plain_terminals);
  g_test_add_func ("/cli/status/never-too-wide", never_too_wide);
  return g_test_run ();
}
