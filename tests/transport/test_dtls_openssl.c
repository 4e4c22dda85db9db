/* DTLS with a program that is not ours: openssl s_server and s_client, which also print the keys
 * they export. */
// SPDX-License-Identifier: MIT
#include "signaling/event.h"
#include "tests/transport/ear.h"
#include "transport/dtls.h"
#include "transport/fingerprint.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <openssl/pem.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* --- a channel over a UDP socket of the loopback --- */

typedef struct {
  PealChannel channel;
  int fd;
  gboolean connected;
  PealWatch *watch;
} Udp;

static void
udp_ready (gpointer user, guint32 happened)
{
  Udp *udp = user;
  guint8 data[2048];
  struct sockaddr_in from;
  socklen_t size = sizeof from;
  ssize_t length = recvfrom (udp->fd, data, sizeof data, 0, (struct sockaddr *) &from, &size);

  if (length < 0) /* refused: the other program is still starting */
    return;
  if (!udp->connected)
    udp->connected = connect (udp->fd, (struct sockaddr *) &from, size) == 0;
  peal_channel_deliver (&udp->channel, data, (gsize) length);
}

static guint
udp_send (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  Udp *udp = (Udp *) channel;

  for (guint i = 0; i < n; i++)
    if (send (udp->fd, datagrams[i].data, datagrams[i].length, 0) < 0)
      return i;
  return n;
}

static void
udp_free (PealChannel *channel)
{
  g_autofree Udp *udp = (Udp *) channel;

  peal_watch_free (udp->watch);
  close (udp->fd);
}

static const PealChannelClass udp_class = { .name = "udp", .send = udp_send, .free = udp_free };

/* Connected to @port; 0: waits for whoever comes first. */
static Udp *
udp_new (PealLoop *loop, guint16 port)
{
  Udp *udp = g_new0 (Udp, 1);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  peal_channel_init (&udp->channel, &udp_class, loop, NULL);
  udp->fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  g_assert_cmpint (bind (udp->fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  address.sin_port = htons (port);
  if (port)
    udp->connected = connect (udp->fd, (struct sockaddr *) &address, sizeof address) == 0;
  udp->watch = peal_watch_new (loop, udp->fd, EPOLLIN, udp_ready, udp);
  return udp;
}

static guint16
udp_port (const Udp *udp)
{
  struct sockaddr_in address;
  socklen_t size = sizeof address;

  g_assert_cmpint (getsockname (udp->fd, (struct sockaddr *) &address, &size), ==, 0);
  return ntohs (address.sin_port);
}

/* --- the other program --- */

typedef struct {
  char *folder;
  char *key, *certificate;
  GArray *digests;
} Identity;

static GArray *
digests_of_file (const char *path)
{
  FILE *file = fopen (path, "r");
  X509 *x509 = PEM_read_X509 (file, NULL, NULL, NULL);
  PealDigest digest = { .hash = EVP_sha256 (), .length = 32 };
  GArray *digests = g_array_new (FALSE, FALSE, sizeof digest);

  g_assert_true (X509_digest (x509, digest.hash, digest.bytes, NULL));
  g_array_append_val (digests, digest);
  X509_free (x509);
  fclose (file);
  return digests;
}

/* @algorithm: as openssl req writes it. */
static Identity
identity_new (const char *algorithm)
{
  Identity identity = { .folder = g_dir_make_tmp ("peal-dtls-XXXXXX", NULL) };
  g_autoptr(GError) error = NULL;

  identity.key = g_build_filename (identity.folder, "key.pem", NULL);
  identity.certificate = g_build_filename (identity.folder, "certificate.pem", NULL);
  g_autoptr(GSubprocess) made = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "openssl",
      "req", "-x509", "-newkey", algorithm, "-pkeyopt",
      g_str_equal (algorithm, "ec") ? "ec_paramgen_curve:P-256" : "rsa_keygen_bits:2048", "-nodes",
      "-days", "2", "-subj", "/CN=stranger", "-keyout", identity.key, "-out", identity.certificate,
      NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (made, NULL, NULL));
  identity.digests = digests_of_file (identity.certificate);
  return identity;
}

static void
identity_clear (Identity *identity)
{
  unlink (identity->key);
  unlink (identity->certificate);
  rmdir (identity->folder);
  g_free (identity->folder);
  g_free (identity->key);
  g_free (identity->certificate);
  g_array_unref (identity->digests);
}

typedef struct {
  GSubprocess *process;
  GDataInputStream *says;
} Program;

static Program
program_new (const char *const *arguments)
{
  g_autoptr(GError) error = NULL;
  Program program = { g_subprocess_newv (arguments,
                                         G_SUBPROCESS_FLAGS_STDIN_PIPE |
                                             G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                             G_SUBPROCESS_FLAGS_STDERR_MERGE,
                                         &error) };

  g_assert_no_error (error);
  program.says = g_data_input_stream_new (g_subprocess_get_stdout_pipe (program.process));
  return program;
}

static void
program_end (Program *program)
{
  g_subprocess_force_exit (program->process);
  g_subprocess_wait (program->process, NULL, NULL);
  g_object_unref (program->says);
  g_object_unref (program->process);
}

/* The rest of the line in which it says @words; the test fails if it ends without. */
static char *
hear_line (Program *program, const char *words)
{
  for (;;) {
    g_autoptr(GError) error = NULL;
    g_autofree char *line = g_data_input_stream_read_line (program->says, NULL, NULL, &error);
    g_assert_no_error (error);
    if (!line)
      g_error ("openssl never said \"%s\"", words);
    const char *found = strstr (line, words);
    if (found)
      return g_strdup (found + strlen (words));
  }
}

static void
type_line (Program *program, const char *line)
{
  GOutputStream *in = g_subprocess_get_stdin_pipe (program->process);

  g_assert_true (g_output_stream_write_all (in, line, strlen (line), NULL, NULL, NULL));
  g_assert_true (g_output_stream_flush (in, NULL, NULL));
}

/* --- our end --- */

typedef struct {
  PealLoop *loop;
  guint16 port;
  PealDtlsRole role;
  const GArray *digests;
  PealChannel *dtls;
  PealSrtpKeys keys;
  PealEar ear;
} End;

static void
build (gpointer user)
{
  End *end = user;
  Udp *udp = udp_new (end->loop, end->port);

  end->port = udp_port (udp);
  end->dtls = peal_dtls_new (&udp->channel, TRUE);
  peal_channel_enter (&udp->channel, PEAL_CHANNEL_OPEN, NULL);
  peal_dtls_start (end->dtls, end->role);
  peal_dtls_expect (end->dtls, end->digests);
}

static End *
end_new (guint16 port, PealDtlsRole role, const GArray *digests)
{
  End *end = g_new0 (End, 1);

  end->loop = peal_loop_new ("dtls");
  end->port = port;
  end->role = role;
  end->digests = digests;
  peal_loop_call (end->loop, build, end);
  peal_ear_open (&end->ear, end->dtls);
  return end;
}

static void
free_dtls (gpointer user)
{
  End *end = user;

  peal_channel_free (end->dtls);
}

static void
end_free (End *end)
{
  peal_loop_call (end->loop, free_dtls, end);
  peal_ear_close (&end->ear, TRUE);
  peal_loop_free (end->loop);
  g_free (end);
}

static void export(gpointer user)
{
  End *end = user;

  g_assert_true (peal_dtls_export (end->dtls, &end->keys));
}

/* Both programs derived the same keys, and data crosses. */
static void
assert_agreed (End *end, Program *program, PealSrtpProfile profile)
{
  PealChannelState state = peal_ear_state (&end->ear);
  gsize key, salt;

  if (end->ear.why)
    g_test_message ("%s", end->ear.why->message);
  g_assert_cmpint (state, ==, PEAL_CHANNEL_OPEN);
  peal_loop_call (end->loop, export, end);
  g_assert_cmpint (end->keys.profile, ==, profile);
  g_assert_true (peal_srtp_sizes (profile, &key, &salt));

  gboolean client = end->role == PEAL_DTLS_ACTIVE;
  const guint8 *first = client ? end->keys.local : end->keys.remote;
  const guint8 *second = client ? end->keys.remote : end->keys.local;
  g_autoptr(GString) ours = g_string_new (NULL);
  const struct {
    const guint8 *from;
    gsize length;
  } parts[] = { { first, key }, { second, key }, { first + key, salt }, { second + key, salt } };
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    for (gsize at = 0; at < parts[i].length; at++)
      g_string_append_printf (ours, "%02X", parts[i].from[at]);
  g_autofree char *theirs = hear_line (program, "Keying material: ");
  g_assert_cmpstr (ours->str, ==, theirs);

  peal_ear_say (end->dtls, "from peal\n", 10);
  g_free (hear_line (program, "from peal"));
  type_line (program, "from openssl\n");
  peal_ear_expect (&end->ear, "from openssl\n");
}

/* --- stories --- */

static const struct {
  PealSrtpProfile profile;
  const char *name, *length; /* of the keys and salts of both sides */
} profiles[] = { { PEAL_SRTP_AES128_CM_SHA1_80, "SRTP_AES128_CM_SHA1_80", "60" },
                 { PEAL_SRTP_AEAD_AES_128_GCM, "SRTP_AEAD_AES_128_GCM", "56" },
                 { PEAL_SRTP_AEAD_AES_256_GCM, "SRTP_AEAD_AES_256_GCM", "88" } };

static void
we_call_s_server (const char *algorithm)
{
  Identity identity = identity_new (algorithm);

  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    Program server = program_new ((const char *[]) {
        "openssl", "s_server", "-dtls1_2", "-accept", "127.0.0.1:0", "-key", identity.key, "-cert",
        identity.certificate, "-Verify", "1", "-use_srtp", profiles[i].name, "-keymatexport",
        "EXTRACTOR-dtls_srtp", "-keymatexportlen", profiles[i].length, NULL });
    g_autofree char *port = hear_line (&server, "ACCEPT 127.0.0.1:");
    End *end =
        end_new ((guint16) g_ascii_strtoull (port, NULL, 10), PEAL_DTLS_ACTIVE, identity.digests);

    assert_agreed (end, &server, profiles[i].profile);
    end_free (end);
    program_end (&server);
  }
  identity_clear (&identity);
}

static void
s_server_answers_us (void)
{
  we_call_s_server ("ec");
}

/* GStreamer's DTLS makes RSA certificates. */
static void
s_server_answers_us_with_rsa (void)
{
  we_call_s_server ("rsa");
}

static void
s_client_calls_us (void)
{
  Identity identity = identity_new ("ec");

  for (guint i = 0; i < G_N_ELEMENTS (profiles); i++) {
    End *end = end_new (0, PEAL_DTLS_PASSIVE, identity.digests);
    g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", end->port);
    Program client = program_new ((const char *[]) {
        "openssl", "s_client", "-dtls1_2", "-connect", address, "-key", identity.key, "-cert",
        identity.certificate, "-use_srtp", profiles[i].name, "-keymatexport", "EXTRACTOR-dtls_srtp",
        "-keymatexportlen", profiles[i].length, NULL });

    assert_agreed (end, &client, profiles[i].profile);
    end_free (end);
    program_end (&client);
  }
  identity_clear (&identity);
}

/* Runs s_client with two more arguments against us; returns why we closed. */
static GError *
refuse (const char *option, const char *value, const char *with_certificate)
{
  Identity identity = identity_new ("ec");
  End *end = end_new (0, PEAL_DTLS_PASSIVE, identity.digests);
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", end->port);
  g_autoptr(GPtrArray) arguments = g_ptr_array_new ();

  for (const char *const *word =
           (const char *[]) { "openssl", "s_client", option, value, "-connect", address,
                              "-use_srtp", "SRTP_AES128_CM_SHA1_80", NULL };
       *word; word++)
    g_ptr_array_add (arguments, (gpointer) *word);
  if (with_certificate) {
    g_ptr_array_add (arguments, (gpointer) "-key");
    g_ptr_array_add (arguments, identity.key);
    g_ptr_array_add (arguments, (gpointer) "-cert");
    g_ptr_array_add (arguments, identity.certificate);
  }
  g_ptr_array_add (arguments, NULL);
  Program client = program_new ((const char *const *) arguments->pdata);

  g_assert_cmpint (peal_ear_state (&end->ear), ==, PEAL_CHANNEL_CLOSED);
  GError *why = g_steal_pointer (&end->ear.why);
  g_test_message ("%s", why->message);
  end_free (end);
  program_end (&client);
  identity_clear (&identity);
  return why;
}

static void
old_versions_and_ciphers_are_refused (void)
{
  g_autoptr(GError) version = refuse ("-dtls1", "-cipher=ALL:@SECLEVEL=0", "yes");
  g_autoptr(GError) cipher = refuse ("-dtls1_2", "-cipher=AES128-SHA:@SECLEVEL=0", "yes");

  g_assert_error (version, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
  g_assert_error (cipher, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
}

static void
who_shows_no_certificate_is_refused (void)
{
  g_autoptr(GError) why = refuse ("-dtls1_2", "-quiet", NULL);

  g_assert_error (why, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
}

static void
another_certificate_is_refused (void)
{
  Identity real = identity_new ("ec"), other = identity_new ("ec");
  Program server = program_new ((const char *[]) {
      "openssl", "s_server", "-dtls1_2", "-accept", "127.0.0.1:0", "-key", other.key, "-cert",
      other.certificate, "-Verify", "1", "-use_srtp", "SRTP_AES128_CM_SHA1_80", NULL });
  g_autofree char *port = hear_line (&server, "ACCEPT 127.0.0.1:");
  End *end = end_new ((guint16) g_ascii_strtoull (port, NULL, 10), PEAL_DTLS_ACTIVE, real.digests);

  g_assert_cmpint (peal_ear_state (&end->ear), ==, PEAL_CHANNEL_CLOSED);
  g_assert_error (end->ear.why, PEAL_CAUSE, PEAL_CAUSE_SECURITY);
  g_free (hear_line (&server, "alert bad certificate")); /* and it was told */
  end_free (end);
  program_end (&server);
  identity_clear (&real);
  identity_clear (&other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dtls-openssl/s-server-answers-us", s_server_answers_us);
  g_test_add_func ("/dtls-openssl/s-server-answers-us-with-rsa", s_server_answers_us_with_rsa);
  g_test_add_func ("/dtls-openssl/s-client-calls-us", s_client_calls_us);
  g_test_add_func ("/dtls-openssl/old-versions-and-ciphers-are-refused",
                   old_versions_and_ciphers_are_refused);
  g_test_add_func ("/dtls-openssl/who-shows-no-certificate-is-refused",
                   who_shows_no_certificate_is_refused);
  g_test_add_func ("/dtls-openssl/another-certificate-is-refused", another_certificate_is_refused);
  return g_test_run ();
}
