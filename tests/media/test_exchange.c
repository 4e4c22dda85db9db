/* A voice on its loop, between an engine that is played here and a lane whose packets are kept:
 * under which source it goes, what its packets say beside their sound, and whose reports count. */
// SPDX-License-Identifier: MIT
#include "media/exchange.h"

#include "media/rtcp.h"

#include <string.h>

enum { OURS = 0x01020304, PICTURE = 0x0a0b0c0d, THEIRS = 0x11223344 };
enum { OPUS = 111 };

typedef struct {
  PealChannel channel; /* first */
  GPtrArray *sent;     /* of GBytes */
} Lane;

typedef struct {
  PealLoop *loop;
  Lane rtp, rtcp;
  PealExchange *exchange;
  PealExchangeSetup setup;
} World;

static guint
keep (PealChannel *channel, const PealDatagram *datagrams, guint n)
{
  Lane *lane = (Lane *) channel;

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (lane->sent, g_bytes_new (datagrams[i].data, datagrams[i].length));
  return n;
}

static const PealChannelClass lane_class = { .name = "lane", .send = keep };

static void
lane_init (Lane *lane, PealLoop *loop)
{
  peal_channel_init (&lane->channel, &lane_class, loop, NULL);
  lane->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

static void
ignore (gpointer user)
{
}

static void
ignore_packet (gpointer user, const PealPacket *packet, const PealDatagram *data)
{
}

static void
ignore_sent (gpointer user, const PealDatagram *data)
{
}

static const PealExchangeEvents events = {
  .open = ignore, .heard = ignore_packet, .sent = ignore_sent, .second = ignore
};

static void
world_open (World *world, const PealExchangeSetup *setup)
{
  lane_init (&world->rtp, world->loop);
  lane_init (&world->rtcp, world->loop);
  world->setup = *setup;
  world->setup.loop = world->loop;
  world->setup.codec = peal_codec_find ("opus");
  world->setup.payload_type = OPUS;
  world->setup.ssrc = OURS;
  world->setup.rtp = &world->rtp.channel;
  world->setup.rtcp = &world->rtcp.channel;
  world->setup.send = world->setup.receive = world->setup.engine = TRUE;
  world->exchange = peal_exchange_new (&world->setup, &events, world);
  peal_channel_enter (&world->rtcp.channel, PEAL_CHANNEL_OPEN, NULL);
  peal_channel_enter (&world->rtp.channel, PEAL_CHANNEL_OPEN, NULL);
}

static void
world_close (World *world)
{
  peal_exchange_free (world->exchange);
  g_ptr_array_unref (world->rtp.sent);
  g_ptr_array_unref (world->rtcp.sent);
}

/* The engine says 20 ms; what of it left. @said: what stands in its header. */
static PealPacket
say (World *world, guint8 level, PealExtensions *said)
{
  static const guint8 sound[] = { 0xf8, 1, 2, 3 };
  PealPacket packet = { .payload = sound, .length = sizeof sound, .timestamp = 960 };
  guint n = world->rtp.sent->len;

  peal_exchange_send (world->exchange, &packet, level);
  g_assert_cmpuint (world->rtp.sent->len, ==, n + 1);
  gsize length;
  const guint8 *data = g_bytes_get_data (world->rtp.sent->pdata[n], &length);
  g_assert_true (peal_packet_read (&packet, data, length));
  g_assert_cmpuint (packet.ssrc, ==, OURS);
  g_assert_cmpuint (packet.payload_type, ==, OPUS);
  peal_extensions_read (&packet, &world->setup.ids, said);
  return packet;
}

/* A report of a receiver about @about. */
static void
report (World *world, guint32 about)
{
  guint8 bytes[PEAL_RTCP_MAX];
  PealRtcpReport said = {
    .ssrc = THEIRS, .has_block = TRUE, .block = { .ssrc = about, .fraction = 255 }, .cname = "peer"
  };

  peal_channel_deliver (&world->rtcp.channel, bytes, peal_rtcp_write (&said, bytes));
}

/* Each story is told on the loop in one go: nothing else happens meanwhile. */
static void
on_the_loop (gconstpointer story)
{
  World world = { .loop = peal_loop_new ("voice") };

  peal_loop_call (world.loop, (void (*) (gpointer)) story, &world);
  peal_loop_free (world.loop);
}

/* --- stories --- */

static void
packets_say_whose_they_are (gpointer user)
{
  World *world = user;
  PealExtensions said;

  world_open (world,
              &(PealExchangeSetup) { .content = "voice",
                                     .ids = { .mid = 4, .abs_send_time = 2, .audio_level = 1 } });
  say (world, 23, &said);
  g_assert_cmpmem (said.mid, said.mid_length, "voice", strlen ("voice"));
  g_assert_true (said.has_abs_send_time);
  g_assert_true (said.has_audio_level && said.voice);
  g_assert_cmpuint (said.audio_level, ==, 23);
  say (world, 90, &said);
  g_assert_cmpuint (said.audio_level, ==, 90);
  g_assert_false (said.voice);
  peal_exchange_mute (world->exchange, TRUE);
  PealPacket silence = say (world, 23, &said);
  g_assert_cmpuint (said.audio_level, ==, 127); /* not how loud it would have been */
  g_assert_false (said.voice);
  g_assert_cmpuint (silence.length, >, 0);
  world_close (world);
}

/* The name of the content is of use until the peer knows the source. */
static void
name_stops_when_known (gpointer user)
{
  World *world = user;
  PealExtensions said;

  world_open (world, &(PealExchangeSetup) { .content = "voice", .ids = { .mid = 4 } });
  report (world, PICTURE);
  say (world, 20, &said);
  g_assert_nonnull (said.mid);
  report (world, OURS);
  PealPacket packet = say (world, 20, &said);
  g_assert_null (said.mid);
  g_assert_null (packet.extension);
  world_close (world);
}

static void
nothing_is_said_that_was_not_agreed_on (gpointer user)
{
  World *world = user;
  PealExtensions said;
  g_autofree char *name = g_strnfill (PEAL_EXTENSIONS_MID + 1, 'n');

  world_open (world, &(PealExchangeSetup) { .content = "voice" });
  PealPacket packet = say (world, 20, &said);
  g_assert_null (packet.extension);
  world_close (world);
  world_open (world,
              &(PealExchangeSetup) { .content = name, .ids = { .mid = 4, .audio_level = 1 } });
  say (world, 20, &said);
  g_assert_null (said.mid); /* too long; half of it would be another's */
  g_assert_true (said.has_audio_level);
  world_close (world);
}

/* On a transport that it shares with a picture a voice hears what concerns that too. */
static void
reports_about_a_picture_do_not_count (gpointer user)
{
  World *world = user;
  PealStats before, after;
  guint8 bytes[PEAL_RTCP_MAX];
  PealRtcpReport bye = { .ssrc = PICTURE, .bye = TRUE, .cname = "peer" };
  static const guint8 pli[] = { 0x81, 206, 0, 2, 0, 0, 0, 9, 0x0a, 0x0b, 0x0c, 0x0d };
  PealExtensions said;

  world_open (world, &(PealExchangeSetup) { .wishes = { .fec = TRUE } });
  say (world, 20, &said);
  peal_exchange_stats (world->exchange, &before);
  for (guint i = 0; i < 50; i++)
    report (world, PICTURE); /* all of it lost: the voice would go down to its least */
  peal_channel_deliver (&world->rtcp.channel, bytes, peal_rtcp_write (&bye, bytes));
  peal_channel_deliver (&world->rtcp.channel, pli, sizeof pli);
  say (world, 20, &said);
  peal_exchange_stats (world->exchange, &after);
  g_assert_cmpint (after.target_bps, ==, before.target_bps);
  g_assert_cmpint (after.packets_sent, ==, before.packets_sent + 1);
  world_close (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/exchange/packets_say_whose_they_are", packets_say_whose_they_are,
                        on_the_loop);
  g_test_add_data_func ("/exchange/name_stops_when_known", name_stops_when_known, on_the_loop);
  g_test_add_data_func ("/exchange/nothing_is_said_that_was_not_agreed_on",
                        nothing_is_said_that_was_not_agreed_on, on_the_loop);
  g_test_add_data_func ("/exchange/reports_about_a_picture_do_not_count",
                        reports_about_a_picture_do_not_count, on_the_loop);
  return g_test_run ();
}
