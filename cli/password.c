/* Secrets: read from where they are kept, wiped where they are no longer needed. */
// SPDX-License-Identifier: MIT
#include "cli/password.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "signaling/stream/failure.h"

#define LONGEST 1024

void
peal_password_free (char *secret)
{
  if (secret)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/* The first line of @text, of @length bytes. */
static char *
first_line (const char *text, gsize length, const char *place, GError **error)
{
  gsize end = 0;

  while (end < length && text[end] != '\n' && text[end] != '\r')
    end++;
  const char *why = end == 0 ? "says nothing" : end > LONGEST ? "is too long for a password" : NULL;
  if (!why && !g_utf8_validate (text, (gssize) end, NULL))
    why = "is not UTF-8";
  if (!why)
    return g_strndup (text, end);
  peal_failure_set (error, PEAL_FAILURE_NO_PASSWORD,
                    "no password: the first line of %s %s; check it", place, why);
  return NULL;
}

/* Reads @fd up to its end, or as much as a password may have. */
static gboolean
read_all (int fd, char *buffer, gsize size, gsize *length)
{
  gssize got;

  *length = 0;
  while (*length < size) {
    do
      got = read (fd, buffer + *length, size - *length);
    while (got < 0 && errno == EINTR);
    if (got <= 0)
      return got == 0;
    *length += (gsize) got;
  }
  return TRUE;
}

char *
peal_password_from_file (const char *path, GError **error)
{
  char buffer[LONGEST + 2];
  gsize length;
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean good = fd >= 0 && read_all (fd, buffer, sizeof buffer, &length);
  int why = errno;

  if (fd >= 0)
    close (fd);
  if (!good) {
    peal_failure_set (error, PEAL_FAILURE_NO_PASSWORD,
                      "no password: %s cannot be read: %s; check --password-file", path,
                      g_strerror (why));
    return NULL;
  }
  char *secret = first_line (buffer, length, path, error);
  explicit_bzero (buffer, sizeof buffer);
  return secret;
}

char *
peal_password_from_command (const char *command, GError **error)
{
  g_autoptr(GError) why = NULL;
  g_autoptr(GSubprocess) process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_INHERIT, &why,
                        "sh", "-c", command, NULL);
  g_autoptr(GBytes) output = NULL;

  if (!process || !g_subprocess_communicate (process, NULL, NULL, &output, NULL, &why)) {
    peal_failure_set (error, PEAL_FAILURE_NO_PASSWORD,
                      "no password: no shell ran --password-command: %s; use --password-file",
                      why->message);
    return NULL;
  }
  if (!g_subprocess_get_successful (process)) {
    peal_failure_set (
        error, PEAL_FAILURE_NO_PASSWORD,
        "no password: what --password-command says failed with status %d; run it by hand",
        g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process) : -1);
    return NULL;
  }
  gsize length;
  const char *text = g_bytes_get_data (output, &length);
  char *secret = first_line (text ? text : "", length, "what --password-command wrote", error);
  if (text)
    explicit_bzero ((char *) text, length);
  return secret;
}

enum { CTRL_C = 3, CTRL_D = 4, BACKSPACE = 8, CTRL_U = 21, DELETE = 127 };

/* One key. *@length is how much was typed so far; FALSE ends the typing, *@good tells how. */
static gboolean
take_key (char key, char *buffer, gsize *length, gboolean *good)
{
  switch (key) {
  case '\n':
  case '\r':
    return FALSE;
  case CTRL_C:
  case CTRL_D:
    return *good = FALSE;
  case CTRL_U:
    *length = 0;
    return TRUE;
  case BACKSPACE:
  case DELETE: /* a whole letter of UTF-8 */
    while (*length && (buffer[--*length] & 0xc0) == 0x80)
      ;
    return TRUE;
  default:
    buffer[(*length)++] = key;
    return TRUE;
  }
}

static gboolean
type_in (int fd, char *buffer, gsize size, gsize *length)
{
  gboolean good = TRUE, more = TRUE;

  while (more && *length < size) {
    char key;
    good = read (fd, &key, 1) == 1;
    more = good && take_key (key, buffer, length, &good);
  }
  return good;
}

/* Echo ends before the question is seen, so that nothing typed after it is shown or lost. Signals
 * are off as long: Ctrl-C comes as a byte, and cannot leave the terminal mute. */
static gboolean
ask_without_echo (int fd, const char *question, char *buffer, gsize *length)
{
  struct termios before, mute;

  *length = 0;
  if (tcgetattr (fd, &before))
    return FALSE;
  mute = before;
  mute.c_lflag &= ~(tcflag_t) (ECHO | ISIG | ICANON);
  tcsetattr (fd, TCSAFLUSH, &mute);
  gboolean good =
      write (fd, question, strlen (question)) > 0 && type_in (fd, buffer, LONGEST + 1, length);
  tcsetattr (fd, TCSADRAIN, &before);
  return write (fd, "\n", 1) == 1 && good;
}

char *
peal_password_from_terminal (const char *question, GError **error)
{
  char buffer[LONGEST + 2];
  gsize length;
  int fd = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

  if (fd < 0) {
    peal_failure_set (
        error, PEAL_FAILURE_NO_PASSWORD,
        "no password, and no terminal to ask on; use --password-file, --password-command "
        "or PEAL_PASSWORD");
    return NULL;
  }
  gboolean good = ask_without_echo (fd, question, buffer, &length);
  close (fd);
  char *password = good ? first_line (buffer, length, "what was typed", error) : NULL;
  if (!good)
    peal_failure_set (error, PEAL_FAILURE_NO_PASSWORD, "no password was typed; try again");
  explicit_bzero (buffer, sizeof buffer);
  return password;
}

char *
peal_password_from_environment (const char *variable)
{
  const char *value = g_getenv (variable);
  char *secret = value && *value ? g_strdup (value) : NULL;

  if (value)
    g_unsetenv (variable);
  return secret;
}
