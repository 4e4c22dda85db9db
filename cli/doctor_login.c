/* What logging in needs: TLS and its authorities, ways to prove a password, DNS, a config that
 * others cannot read. */
// SPDX-License-Identifier: MIT
#include "cli/doctor.h"

#include <gio/gio.h>
#include <gsasl.h>
#include <langinfo.h>
#include <string.h>

#include "cli/account.h"
#include "signaling/stream/mechanism.h"

/* Where distributions keep the authorities as one file. */
static const char *const bundles[] = {
  "/etc/ssl/certs/ca-certificates.crt", /* Debian, Arch */
  "/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
  "/etc/ssl/cert.pem",
  NULL,
};
#define ENOUGH 5 /* authorities to try: one may have expired */

static void
look_at_tls (PealDoctor *doctor)
{
  GTlsBackend *backend = g_tls_backend_get_default ();
  gboolean there = g_tls_backend_supports_tls (backend);

  peal_doctor_tell (doctor,
                    &(PealFinding) {
                        .item = "TLS",
                        .state = there ? PEAL_CHECK_OK : PEAL_CHECK_MISSING,
                        .text = there ? G_OBJECT_TYPE_NAME (backend)
                                      : "GIO has no TLS, so no server can be reached safely",
                        .package = "glib-networking",
                        .cause = PEAL_CAUSE_CONNECT,
                    });
}

/* Whether the store that a login will ask knows one of the first in @list. */
static gboolean
is_trusted (GList *list)
{
  g_autoptr(GTlsDatabase) store =
      g_tls_backend_get_default_database (g_tls_backend_get_default ());

  for (guint i = 0; store && list && i < ENOUGH; list = list->next, i++)
    if (!(g_tls_database_verify_chain (store, list->data,
                                       G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, NULL, NULL,
                                       G_TLS_DATABASE_VERIFY_NONE, NULL, NULL) &
          (G_TLS_CERTIFICATE_UNKNOWN_CA | G_TLS_CERTIFICATE_GENERIC_ERROR)))
      return TRUE;
  return FALSE;
}

static void
look_at_authorities (PealDoctor *doctor)
{
  const char *file = NULL;

  for (const char *const *name = bundles; *name && !file; name++)
    if (g_file_test (*name, G_FILE_TEST_EXISTS))
      file = *name;
  g_autolist(GTlsCertificate) list =
      file ? g_tls_certificate_list_new_from_file (file, NULL) : NULL;
  gboolean good = is_trusted (list);
  g_autofree char *text = g_strdup_printf ("%u in %s", g_list_length (list), file);
  /* With an authority of one's own calls work nevertheless. */
  gboolean own = peal_doctor_options (doctor)->ca != NULL;
  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = "authorities",
                                .state = good  ? PEAL_CHECK_OK
                                         : own ? PEAL_CHECK_DEGRADED
                                               : PEAL_CHECK_MISSING,
                                .text = good  ? text
                                        : own ? "no server is trusted but those of --ca"
                                              : "no server's certificate would be trusted",
                                .package = "ca-certificates",
                                .cause = PEAL_CAUSE_CONNECT,
                            });
}

/* Most servers want one of the two SCRAMs that nothing must be known for. */
static void
look_at_sasl (PealDoctor *doctor)
{
  Gsasl *library = NULL;
  gboolean works = gsasl_init (&library) == GSASL_OK;

  for (const PealWayIn *way = peal_mechanism_ways; way->name; way++) {
    gboolean there = works && gsasl_client_support_p (library, way->name);
    gboolean needed = way->proof == PEAL_PROOF_MUTUAL;
    peal_doctor_tell (doctor, &(PealFinding) {
                                  .item = way->name,
                                  .state = there ? PEAL_CHECK_OK : PEAL_CHECK_MISSING,
                                  .text = there ? "by GNU SASL" : "GNU SASL was built without it",
                                  .package = "libgsasl18",
                                  .cause = needed ? PEAL_CAUSE_CONNECT : PEAL_CAUSE_SUCCESS,
                              });
  }
  if (works)
    gsasl_done (library);
}

/* The first line of /etc/resolv.conf that names a server, or NULL. */
static char *
name_server (void)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents ("/etc/resolv.conf", &text, NULL, NULL))
    return NULL;
  g_auto(GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    if (g_str_has_prefix (*line, "nameserver"))
      return g_strdup (g_strstrip (*line));
  return NULL;
}

/* Nothing is asked: a doctor must not need the network. */
static void
look_at_dns (PealDoctor *doctor)
{
  g_autofree char *server = name_server ();

  peal_doctor_tell (
      doctor, &(PealFinding) {
                  .item = "DNS",
                  .state = server ? PEAL_CHECK_OK : PEAL_CHECK_DEGRADED,
                  .text = server ? server
                                 : "/etc/resolv.conf names no server, so only one on this machine "
                                   "is asked; name the XMPP server with --server",
              });
}

static void
look_at_config (PealDoctor *doctor)
{
  g_autofree char *path = peal_config_path (peal_doctor_options (doctor)->config);
  g_autoptr(GError) error = NULL;
  g_autoptr(GKeyFile) file = peal_config_load (path, &error);
  gboolean exists = g_file_test (path, G_FILE_TEST_EXISTS);
  g_autofree char *none = g_strdup_printf ("there is none yet: %s", path);

  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = "config",
                                .state = file ? PEAL_CHECK_OK : PEAL_CHECK_MISSING,
                                .text = !file    ? error->message
                                        : exists ? path
                                                 : none,
                                .cause = file ? PEAL_CAUSE_SUCCESS : (PealCause) error->code,
                            });
}

static void
look_at_locale (PealDoctor *doctor)
{
  const char *set = nl_langinfo (CODESET);
  gboolean good = !strcmp (set, "UTF-8");
  g_autofree char *bad = g_strdup_printf (
      "the terminal is said to speak %s: names in other letters look wrong; set LANG=C.UTF-8", set);

  peal_doctor_tell (doctor, &(PealFinding) {
                                .item = "locale",
                                .state = good ? PEAL_CHECK_OK : PEAL_CHECK_DEGRADED,
                                .text = good ? set : bad,
                            });
}

void
peal_doctor_login (PealDoctor *doctor)
{
  look_at_tls (doctor);
  look_at_authorities (doctor);
  look_at_sasl (doctor);
  look_at_dns (doctor);
  look_at_config (doctor);
  look_at_locale (doctor);
}
