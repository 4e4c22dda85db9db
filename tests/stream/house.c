/* The server in a glass. */
// SPDX-License-Identifier: MIT
#include "tests/stream/house.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signaling/stream/reader.h"
#include "signaling/stream/stream_wire.h"

#define SM "xmlns='" PEAL_NS_SM "'"
#define HEADER                                                                                     \
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' from='house' id='x' version='1.0' "   \
  "xmlns:stream='http://etherx.jabber.org/streams'>"
#define PLAIN                                                                                      \
  "<stream:features><mechanisms xmlns='" PEAL_NS_SASL                                              \
  "'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
#define SESSION "<stream:features><bind xmlns='" PEAL_NS_BIND "'/><sm " SM "/></stream:features>"
#define DELAY   "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>"

typedef struct {
  House *house;
  guint number;
  /* the link; the socket is NULL between two */
  GSocket *socket;
  PealReader *reader;
  GSource *reads, *writes;
  GString *out; /* under way to the client */
  gboolean authenticated, deaf, ending;
  guint cut_in; /* reads; 0: no cut is to come */
  gboolean expires;
  gboolean linked; /* the link is the session's: it is logged in on it */
  /* the session; NULL id: none */
  char *id;
  gboolean counting, available;
  guint32 heard, acked;
  GQueue unacked; /* of char * */
  GQueue kept;    /* of char *: for the next session */
} Account;

struct House {
  HouseManner manner;
  GRand *chance;
  xmpp_ctx_t *context;
  Account accounts[HOUSE_ACCOUNTS];
  GHashTable *requests; /* every one that was ever handled */
  guint serial, resumed, refused, answers, lies;
};

static gboolean
happens (const Account *account, HouseManner manner, gint once_in)
{
  return (account->house->manner & manner) &&
         g_rand_int_range (account->house->chance, 0, once_in) == 0;
}

/* --- the link --- */

static void
drop_source (GSource **source)
{
  if (*source)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
flush (Account *account, gsize length)
{
  gssize sent = length ? g_socket_send (account->socket, account->out->str, length, NULL, NULL) : 0;
  g_string_erase (account->out, 0, MAX (sent, 0));
}

/* Some of what is under way still arrives. */
static void
unlink_account (Account *account)
{
  drop_source (&account->reads);
  drop_source (&account->writes);
  if (!account->socket)
    return;
  gint length = g_rand_int_range (account->house->chance, 0, (gint32) account->out->len + 1);
  flush (account, (gsize) length);
  g_string_truncate (account->out, 0);
  g_socket_close (account->socket, NULL);
  account->linked = FALSE;
  g_clear_object (&account->socket);
  g_clear_pointer (&account->reader, peal_reader_free);
}

static gboolean
on_writable (gpointer user)
{
  Account *account = user;
  flush (account, account->out->len);
  if (account->out->len) /* as much as the socket holds */
    return G_SOURCE_CONTINUE;
  drop_source (&account->writes);
  return G_SOURCE_REMOVE;
}

static void
write_text (Account *account, const char *text)
{
  if (!account->socket)
    return;
  g_string_append (account->out, text);
  if (account->writes)
    return;
  account->writes = g_timeout_source_new (1);
  g_source_set_callback (account->writes, on_writable, account, NULL);
  g_source_attach (account->writes, NULL);
}

static void write_format (Account *account, const char *format, ...) G_GNUC_PRINTF (2, 3);
static void
write_format (Account *account, const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  write_text (account, text);
}

/* --- the session --- */

static void
keep (Account *account, const char *text)
{
  g_autoptr(GString) copy = g_string_new (text);
  if (!strstr (text, "urn:xmpp:delay"))
    g_string_replace (copy, "</message>", DELAY "</message>", 0);
  g_queue_push_tail (&account->kept, g_string_free (g_steal_pointer (&copy), FALSE));
}

static void
give (Account *account, const char *text)
{
  g_queue_push_tail (&account->unacked, g_strdup (text));
  if (!account->linked)
    return;
  write_text (account, text);
  write_text (account, "<r " SM "/>");
}

/* Its messages wait for the next one; the rest dies. */
static void
forget_session (Account *account)
{
  for (char *text; (text = g_queue_pop_head (&account->unacked)); g_free (text))
    if (g_str_has_prefix (text, "<message"))
      keep (account, text);
  g_clear_pointer (&account->id, g_free);
  account->available = account->counting = FALSE;
}

static void
begin_session (Account *account)
{
  forget_session (account);
  account->id = g_strdup_printf ("s%u", ++account->house->serial);
  account->linked = TRUE;
  account->heard = account->acked = 0;
}

static void
acknowledged (Account *account, const char *text)
{
  guint32 h = (guint32) strtoul (text, NULL, 10);
  g_assert_cmpuint (h - account->acked, <=, account->unacked.length);
  for (; account->acked != h; account->acked++)
    g_free (g_queue_pop_head (&account->unacked));
}

static void
resume (Account *account, xmpp_stanza_t *element)
{
  House *house = account->house;
  gboolean known = g_strcmp0 (xmpp_stanza_get_attribute (element, "previd"), account->id) == 0;
  if (known && account->id) {
    house->resumed++;
    account->linked = TRUE;
    acknowledged (account, xmpp_stanza_get_attribute (element, "h"));
    guint32 lie = happens (account, HOUSE_LIES, 4) ? 1000 : 0;
    house->lies += lie != 0;
    write_format (account, "<resumed " SM " h='%u' previd='%s'/>", account->heard + lie,
                  account->id);
    for (GList *each = account->unacked.head; each; each = each->next)
      write_text (account, each->data);
    write_text (account, "<r " SM "/>");
    return;
  }
  house->refused++;
  if (house->manner & HOUSE_UNCOUNTED)
    write_text (account, "<failed " SM "/>");
  else
    write_format (account, "<failed " SM " h='%u'/>", account->heard);
}

/* --- stanzas --- */

static void
route (Account *sender, xmpp_stanza_t *stanza)
{
  Account *target = &sender->house->accounts[!sender->number];
  g_autoptr(GString) text = g_string_new (NULL);
  xmpp_stanza_set_from (stanza, sender->number ? "b@house/r" : "a@house/r");
  peal_wire_append_stanza (text, stanza);
  gboolean is_message = g_strcmp0 (xmpp_stanza_get_name (stanza), "message") == 0;
  if (target->available)
    give (target, text->str);
  else if (is_message)
    keep (target, text->str);
}

static void
handle_iq (Account *account, xmpp_stanza_t *stanza)
{
  const char *type = xmpp_stanza_get_type (stanza), *id = xmpp_stanza_get_id (stanza);
  if (g_strcmp0 (id, "bind") == 0) {
    begin_session (account);
    write_format (account,
                  "<iq type='result' id='bind'><bind xmlns='" PEAL_NS_BIND
                  "'><jid>%s@house/r</jid></bind></iq>",
                  account->number ? "b" : "a");
    return;
  }
  g_autofree char *key = g_strdup_printf ("%u %s %s", account->number, type, id);
  g_assert_true (g_hash_table_add (account->house->requests, g_steal_pointer (&key)));
  if (xmpp_stanza_get_to (stanza))
    route (account, stanza);
}

static void
become_available (Account *account)
{
  account->available = TRUE;
  for (char *text; (text = g_queue_pop_head (&account->kept)); g_free (text))
    give (account, text);
}

static void
answer_count (Account *account)
{
  guint32 lie = 0;
  if ((account->house->manner & HOUSE_LIES) && ++account->house->answers % 12 == 0)
    lie = 1000;
  else if (account->heard > 2 && happens (account, HOUSE_LIES, 20))
    lie = (guint32) -2; /* less than it said before, if it said anything */
  account->house->lies += lie != 0;
  if (!account->deaf)
    write_format (account, "<a " SM " h='%u'/>", account->heard + lie);
}

static void
handle_management (Account *account, xmpp_stanza_t *element)
{
  const char *name = xmpp_stanza_get_name (element);
  if (g_str_equal (name, "enable")) {
    account->counting = TRUE;
    write_format (account, "<enabled " SM " resume='true' id='%s'/>", account->id);
  } else if (g_str_equal (name, "resume")) {
    resume (account, element);
  } else if (g_str_equal (name, "r")) {
    answer_count (account);
  } else if (g_str_equal (name, "a")) {
    acknowledged (account, xmpp_stanza_get_attribute (element, "h"));
  }
}

static void
on_stanza (gpointer user, xmpp_stanza_t *element)
{
  Account *account = user;
  const char *ns = xmpp_stanza_get_ns (element), *name = xmpp_stanza_get_name (element);
  if (g_strcmp0 (ns, PEAL_NS_SASL) == 0) {
    account->authenticated = TRUE;
    write_text (account, "<success xmlns='" PEAL_NS_SASL "'/>");
    peal_reader_restart (account->reader);
  } else if (g_strcmp0 (ns, PEAL_NS_SM) == 0) {
    handle_management (account, element);
  } else if (g_strcmp0 (ns, PEAL_NS_CLIENT) == 0) {
    account->heard += account->counting;
    if (g_str_equal (name, "iq"))
      handle_iq (account, element);
    else if (g_str_equal (name, "message"))
      route (account, element);
    else
      become_available (account);
  } else {
    forget_session (account); /* <stream:error/> */
    account->ending = TRUE;
  }
}

static void
on_header (gpointer user, const char *id, const char *from)
{
  Account *account = user;
  write_text (account, HEADER);
  write_text (account, account->authenticated ? SESSION : PLAIN);
}

static void
on_closed (gpointer user)
{
  ((Account *) user)->ending = TRUE;
}

static void
on_oversize (gpointer user, xmpp_stanza_t *head)
{
  g_assert_not_reached ();
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer user)
{
  Account *account = user;
  char buffer[1500];
  gsize most = (gsize) g_rand_int_range (account->house->chance, 1, sizeof buffer);
  gssize length = g_socket_receive (socket, buffer, most, NULL, NULL);
  if (length <= 0) {
    unlink_account (account);
    return G_SOURCE_REMOVE;
  }
  g_assert_true (peal_reader_feed (account->reader, buffer, (gsize) length, NULL));
  if (account->cut_in > 0 && --account->cut_in == 0) {
    unlink_account (account);
    if (account->expires)
      forget_session (account);
  } else if (account->ending) {
    unlink_account (account);
  }
  return G_SOURCE_CONTINUE;
}

/* --- for the test --- */

static GSocketConnection *
end_of (int fd)
{
  g_autoptr(GSocket) socket = g_socket_new_from_fd (fd, NULL);
  return g_socket_connection_factory_create_connection (socket);
}

GIOStream *
house_open (House *house, guint number)
{
  static const PealReaderEvents events = {
    .header = on_header, .stanza = on_stanza, .oversize = on_oversize, .closed = on_closed
  };
  Account *account = &house->accounts[number];
  int ends[2];
  unlink_account (account);
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM, 0, ends));
  account->socket = g_socket_new_from_fd (ends[1], NULL);
  g_socket_set_blocking (account->socket, FALSE);
  account->authenticated = account->ending = FALSE;
  account->deaf = happens (account, HOUSE_DEAF, 4);
  account->reader = peal_reader_new (house->context, &events, account);
  account->reads = g_socket_create_source (account->socket, G_IO_IN, NULL);
  g_source_set_callback (account->reads, (GSourceFunc) (void (*) (void)) on_readable, account,
                         NULL);
  g_source_attach (account->reads, NULL);
  return G_IO_STREAM (end_of (ends[0]));
}

void
house_cut (House *house, guint number, guint reads, gboolean expires)
{
  house->accounts[number].cut_in = reads;
  house->accounts[number].expires = expires;
}

gboolean
house_was_cut (const House *house, guint number)
{
  return house->accounts[number].cut_in == 0;
}

House *
house_new (HouseManner manner, GRand *chance)
{
  House *house = g_new0 (House, 1);
  house->manner = manner;
  house->chance = chance;
  house->context = xmpp_ctx_new (NULL, NULL);
  house->requests = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < HOUSE_ACCOUNTS; i++) {
    house->accounts[i] = (Account) { .house = house, .number = i, .out = g_string_new (NULL) };
    g_queue_init (&house->accounts[i].unacked);
    g_queue_init (&house->accounts[i].kept);
  }
  return house;
}

void
house_free (House *house)
{
  if (!house)
    return;
  for (guint i = 0; i < HOUSE_ACCOUNTS; i++) {
    Account *account = &house->accounts[i];
    unlink_account (account);
    g_queue_clear_full (&account->unacked, g_free);
    g_queue_clear_full (&account->kept, g_free);
    g_string_free (account->out, TRUE);
    g_free (account->id);
  }
  g_hash_table_unref (house->requests);
  xmpp_ctx_free (house->context);
  g_free (house);
}

guint
house_resumed (const House *house)
{
  return house->resumed;
}

guint
house_refused (const House *house)
{
  return house->refused;
}

guint
house_lies (const House *house)
{
  return house->lies;
}
