/* Addresses: the tables of RFC 7622 §3.5, and what attackers and other alphabets bring. */
// SPDX-License-Identifier: MIT
#include "signaling/wire/jid.h"

#include <gio/gio.h>
#include <string.h>

typedef struct {
  const char *text;
  const char *normal; /* NULL: refused */
} Case;

static void
check (const Case *cases, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *jid = peal_jid_prepare (cases[i].text, &error);

    g_autofree char *text = g_strescape (cases[i].text, NULL);

    g_test_message ("%.60s: %.120s", text, error ? error->message : "accepted");
    g_assert_cmpstr (jid, ==, cases[i].normal);
    g_assert_true ((jid == NULL) == (error != NULL));
    if (!jid)
      continue;
    g_autofree char *again = peal_jid_prepare (jid, NULL);
    g_assert_cmpstr (again, ==, jid); /* the normal form is stable */
  }
}

/* Table 1. */
static void
rfc_valid (void)
{
  static const Case cases[] = {
    { "juliet@example.com", "juliet@example.com" },
    { "juliet@example.com/foo", "juliet@example.com/foo" },
    { "juliet@example.com/foo bar", "juliet@example.com/foo bar" },
    { "juliet@example.com/foo@bar", "juliet@example.com/foo@bar" },
    { "foo\\20bar@example.com", "foo\\20bar@example.com" },
    { "fussball@example.com", "fussball@example.com" },
    { "fu\303\237ball@example.com", "fu\303\237ball@example.com" },
    { "\317\200@example.com", "\317\200@example.com" },
    { "\316\243@example.com/foo", "\317\203@example.com/foo" },
    { "\317\203@example.com/foo", "\317\203@example.com/foo" },
    { "\317\202@example.com/foo", "\317\202@example.com/foo" },
    { "king@example.com/\342\231\232", "king@example.com/\342\231\232" },
    { "example.com", "example.com" },
    { "example.com/foobar", "example.com/foobar" },
    { "a.example.com/b@example.net", "a.example.com/b@example.net" },
  };

  check (cases, G_N_ELEMENTS (cases));
}

/* Table 2, all of it but one row: "juliet@example.com/ foo" is in it for its leading space, but
 * §3.4 prescribes OpaqueString and nothing else, and RFC 7613 §4.2 takes spaces anywhere. The rule
 * counts, not the row, and such a peer must stay reachable. */
static void
rfc_invalid (void)
{
  static const Case cases[] = {
    { "\"juliet\"@example.com", NULL },
    { "foo bar@example.com", NULL },
    { "@example.com/", NULL },
    { "henry\342\205\243@example.com", NULL },
    { "\342\231\232@example.com", NULL },
    { "juliet@", NULL },
    { "/foobar", NULL },
    { "juliet@example.com/ foo", "juliet@example.com/ foo" }, /* the one row */
  };

  check (cases, G_N_ELEMENTS (cases));
}

static void
case_and_width (void)
{
  static const Case cases[] = {
    { "Juliet@Example.COM/Balcony", "juliet@example.com/Balcony" },
    { "\357\274\252uliet@example.com", "juliet@example.com" },   /* full-width J */
    { "juliet\357\274\240x@example.com", NULL },                 /* full-width @ */
    { "e\314\201mile@example.com", "\303\251mile@example.com" }, /* NFC */
    { "\303\211mile@example.com", "\303\251mile@example.com" },
    { "a@example.com/x\302\240y", "a@example.com/x y" }, /* no-break space */
    { "\303\237\305\277@example.com", NULL },            /* long s has a compatibility form */
  };

  check (cases, G_N_ELEMENTS (cases));
}

static void
domains (void)
{
  static const Case cases[] = {
    { "a@example.com.", "a@example.com" },
    { "a@localhost", "a@localhost" },
    { "a@M\303\234NCHEN.example", "a@m\303\274nchen.example" },
    { "a@xn--mnchen-3ya.example", "a@m\303\274nchen.example" },
    { "a@XN--MNCHEN-3YA.example", "a@m\303\274nchen.example" },
    { "a@fa\303\237.example", "a@fa\303\237.example" },
    { "a@192.0.2.1", "a@192.0.2.1" },
    { "a@[2001:DB8:0::1]", "a@[2001:db8::1]" },
    { "a@[192.0.2.1]", NULL },
    { "a@2001:db8::1", NULL },
    { "a@[::1", NULL },
    { "a@exa mple.com", NULL },
    { "a@b@example.com", NULL },
    { "a@.example.com", NULL },
    { "a@example..com", NULL },
    { "a@.", NULL },
    { "a@exam\tple.com", NULL },
    { "a@example.com:5222", NULL },
    { "a@_sip.example.com", "a@_sip.example.com" },
    { "a@xn--qnkj.example", NULL },              /* an A-label of what IDNA would map */
    { "a@\342\204\200.example", NULL },          /* a/c in one character */
    { "a@b\357\274\240example.com", NULL },      /* full-width @ */
    { "a@b\357\274\217c.example", NULL },        /* full-width slash */
    { "a@b\343\200\202example", "a@b.example" }, /* ideographic full stop */
    { "a@b\343\200\202\343\200\202c", NULL },
    { "a@\342\231\232.example", NULL },
    { "", NULL },
  };

  check (cases, G_N_ELEMENTS (cases));
}

/* RFC 5893: a name may not be drawn in another order than it is stored. */
static void
directions (void)
{
  static const Case cases[] = {
    { "\327\220\327\221@example.com", "\327\220\327\221@example.com" },   /* Hebrew */
    { "\327\220\327\2211@example.com", "\327\220\327\2211@example.com" }, /* ends in a digit */
    { "1\327\220@example.com", NULL },                                    /* begins with a digit */
    { "a\327\220@example.com", NULL },                                    /* both directions */
    { "\327\220-@example.com", NULL },                                    /* ends in a neutral */
    { "\330\2471\331\241@example.com", NULL }, /* European and Arabic digits */
    { "\342\200\256evil@example.com", NULL },  /* right-to-left override */
    { "a@example.com/\342\200\256x", NULL },
  };

  check (cases, G_N_ELEMENTS (cases));
}

/* RFC 5892, appendix A. */
static void
contexts (void)
{
  static const Case cases[] = {
    { "al\302\267lo@example.com", "al\302\267lo@example.com" },
    { "al\302\267o@example.com", NULL },
    { "\340\244\225\340\245\215\342\200\215x@example.com",
      "\340\244\225\340\245\215\342\200\215x@example.com" }, /* virama before ZWJ */
    { "a\342\200\215b@example.com", NULL },
    { "a\342\200\214b@example.com", NULL },
    { "\330\250\342\200\214\330\250@example.com", "\330\250\342\200\214\330\250@example.com" },
    { "\343\202\242\343\203\273\343\202\242@example.com",
      "\343\202\242\343\203\273\343\202\242@example.com" },
    { "a\343\203\273b@example.com", NULL },
    { "\331\240\333\260@example.com", NULL },
  };

  check (cases, G_N_ELEMENTS (cases));
}

static void
hostile (void)
{
  static const Case cases[] = {
    { "a\177@example.com", NULL },
    { "a@example.com/x\001", NULL },
    { "a@example.com/\n", NULL },
    { "a\377@example.com", NULL },
    { "a@ex\377ample.com", NULL },
    { "a@example.com/\355\240\200", NULL }, /* a surrogate */
    { "a\357\277\276@example.com", NULL },
    { "\341\204\200@example.com", NULL },       /* old Hangul */
    { "a@example.com/\302\255", NULL },         /* soft hyphen */
    { "a@example.com/\356\200\200", NULL },     /* private use */
    { "a@example.com/\363\240\200\201", NULL }, /* language tag */
    { "a<b@example.com", NULL },
    { "a@example.com/<b>&'\"", "a@example.com/<b>&'\"" },
  };

  check (cases, G_N_ELEMENTS (cases));
}

static void
lengths (void)
{
  g_autofree char *fits = g_strnfill (1023, 'a');
  g_autofree char *good = g_strdup_printf ("%s@example.com/%s", fits, fits);
  g_autofree char *local = g_strdup_printf ("a%s@example.com", fits);
  g_autofree char *resource = g_strdup_printf ("a@example.com/%sa", fits);
  g_autofree char *domain = g_strdup_printf ("a@%s.example", fits);
  const Case cases[] = { { good, good }, { local, NULL }, { resource, NULL }, { domain, NULL } };

  check (cases, G_N_ELEMENTS (cases));
}

static void
parts (void)
{
  const char *jid = "juliet@example.com/a/b@c";
  g_autofree char *bare = peal_jid_bare (jid);
  g_autofree char *local = peal_jid_local (jid);
  g_autofree char *domain = peal_jid_domain (jid);
  g_autofree char *server = peal_jid_domain ("example.com/b@example.net");

  g_assert_cmpstr (bare, ==, "juliet@example.com");
  g_assert_cmpstr (local, ==, "juliet");
  g_assert_cmpstr (domain, ==, "example.com");
  g_assert_cmpstr (peal_jid_resource (jid), ==, "a/b@c");
  g_assert_cmpstr (server, ==, "example.com");
  g_assert_null (peal_jid_local ("example.com/b@example.net"));
  g_assert_null (peal_jid_resource ("example.com"));
  g_assert_true (peal_jid_is_full (jid));
  g_assert_false (peal_jid_is_full (bare));
  g_assert_true (peal_jid_same_bare (jid, bare));
  g_assert_false (peal_jid_same_bare (jid, "juliet@example.co"));
  g_assert_false (peal_jid_same_bare ("juliet@example.com", "juliet@example.com.evil/x"));
  g_assert_true (peal_jid_equal (jid, jid));
  g_assert_false (peal_jid_equal (jid, bare));
  g_assert_false (peal_jid_equal (NULL, NULL));
  g_assert_false (peal_jid_same_bare (NULL, bare));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/jid/rfc-7622-table-1", rfc_valid);
  g_test_add_func ("/jid/rfc-7622-table-2", rfc_invalid);
  g_test_add_func ("/jid/case-and-width", case_and_width);
  g_test_add_func ("/jid/domains", domains);
  g_test_add_func ("/jid/directions", directions);
  g_test_add_func ("/jid/contexts", contexts);
  g_test_add_func ("/jid/hostile", hostile);
  g_test_add_func ("/jid/lengths", lengths);
  g_test_add_func ("/jid/parts", parts);
  return g_test_run ();
}
