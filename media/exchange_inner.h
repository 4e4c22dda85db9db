/* What the files of an exchange share: the exchange itself, its keys, its reports. Nobody else
 * includes this. */
// SPDX-License-Identifier: MIT
#pragma once

#include "media/clip.h"
#include "media/dtmf_sender.h"
#include "media/exchange.h"
#include "media/rate.h"
#include "media/receiver.h"
#include "media/sender.h"

/* Where the next packet comes from. */
typedef enum {
  PEAL_EXCHANGE_SHUT = 0, /* the lane is not open; nothing can leave */
  PEAL_EXCHANGE_WAITING,  /* the engine delivers; after its patience silence takes over */
  PEAL_EXCHANGE_FILLING,  /* silence every 20 ms, until the engine delivers */
} PealExchangeFilling;

struct PealExchange {
  PealLoop *loop;
  PealChannel *rtp, *rtcp;
  const PealExchangeEvents *events;
  gpointer user;
  PealSender sender;
  PealReceiver receiver;
  PealDtmfSender keys;
  PealDtmfReceiver keys_heard;
  guint clocks[128]; /* of keys, by payload type; 0: it is another's */
  guint8 keys_type;
  PealTimer quiet; /* for a key whose end does not come */
  gint64 opened;   /* when the lane did, µs */
  PealExtensionIds ids;
  char mid[PEAL_EXTENSIONS_MID + 2]; /* one more than fits: too long is not written */
  guint8 level;                      /* of the next packet, -dBov */
  gboolean is_known;                 /* the peer has reported about our source */
  PealRate rate;
  gboolean steered; /* the codec has a rate that can be chosen */
  gint64 patience;  /* for an engine's next packet, µs */
  const PealClip *silence;
  guint32 silence_timestamp;
  PealExchangeFilling filling;
  gboolean engine, send, receive, muted, held;
  gint64 due;       /* of @next */
  PealTimer next;   /* of the filling state: the engine's deadline, or the next frame of silence */
  PealTimer report; /* RTCP */
  PealTimer second;
  gint64 second_due;
  guint passed_on; /* packets within this second */
  double rtt_ms;
  guint32 told[8]; /* the times of our last sender reports, as they come back */
  guint n_told;
};

/* Makes @frame one of silence. */
void peal_exchange_put_silence (PealExchange *exchange, PealFrame *frame);

/* --- keys: ours on their way, and the peer's --- */

void peal_exchange_keys_init (PealExchange *exchange, const PealExchangeSetup *setup);

/* What waits to be said has its turn; @frame may become silence. FALSE: it takes the frame's
 * place. */
gboolean peal_exchange_keys_pass (PealExchange *exchange, PealFrame *frame);

/* What was to be said would come at another time than it was meant for: it is given back. */
void peal_exchange_keys_give_back (PealExchange *exchange);

/* Counts @packet, whether it is sound or tells a key. Packets of keys count as those of the stream
 * they are; their @place is what jitter is measured by, since all of a key have one timestamp; of
 * sound it is @packet. @taken is only written for keys. FALSE: it is none of the stream. */
gboolean peal_exchange_keys_count (PealExchange *exchange, const PealPacket *packet,
                                   PealPacket *place, gboolean *taken);

/* Tells what is ready, and waits for the end of what is still pressed. */
void peal_exchange_keys_tell (PealExchange *exchange);

/* --- header extensions --- */

void peal_exchange_extend_init (PealExchange *exchange, const PealExchangeSetup *setup);
/* Gives @packet what was agreed on, in @out (PEAL_EXTENSIONS_MAX bytes). */
void peal_exchange_extend (PealExchange *exchange, PealPacket *packet, guint8 *out);

/* --- reports: RTCP, and what the peer's tell --- */

/* Listens to their lane, if there is one, until the end. */
void peal_exchange_reports_init (PealExchange *exchange);

/* The stream's lane has opened: the first leaves now, the others follow. */
void peal_exchange_reports_begin (PealExchange *exchange);
/* It has closed. */
void peal_exchange_reports_stop (PealExchange *exchange);

/* Says BYE, if the lane of the stream is open, and leaves the lane of reports alone. */
void peal_exchange_reports_end (PealExchange *exchange);
