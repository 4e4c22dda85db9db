/* The lists of tables, put together once. */
// SPDX-License-Identifier: MIT
#include "tests/wire/tables.h"

#include "media/rtp_wire.h"
#include "signaling/im/caps.h"
#include "signaling/jingle/jingle.h"
#include "signaling/stream/stream_wire.h"
#include "transfer/file_wire.h"
#include "transport/transport_wire.h"

static gpointer
make_vocabulary (gpointer nothing)
{
  static const PealElement *const plain[] = {
    &peal_rtp_description_element, &peal_dtmf_element,          &peal_file_description_element,
    &peal_file_received_element,   &peal_file_checksum_element, &peal_ice_transport_element,
    &peal_ice0_transport_element,  &peal_raw_transport_element, &peal_telepathy_transport_element,
    &peal_s5b_transport_element,   &peal_ibb_transport_element,
  };
  static const PealElement *all[G_N_ELEMENTS (plain) + PEAL_N_RTP_INFOS];
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    all[n++] = plain[i];
  for (int kind = 1; kind < PEAL_N_RTP_INFOS; kind++)
    all[n++] = peal_rtp_info_elements[kind];
  return all;
}

const PealElement *const *
peal_test_vocabulary (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, make_vocabulary, NULL);
}

static gpointer
make_roots (gpointer nothing)
{
  static const PealElement *const plain[] = {
    &peal_jingle_element,     &peal_content_element,     &peal_group_element,
    &peal_si_element,         &peal_hash_element,        &peal_caps_c_element,
    &peal_disco_info_element, &peal_disco_items_element,
  };
  static const PealElement *all[G_N_ELEMENTS (plain) + PEAL_N_INVITE_VERBS];
  gsize n = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (plain); i++)
    all[n++] = plain[i];
  for (int verb = 1; verb < PEAL_N_INVITE_VERBS; verb++)
    all[n++] = peal_invite_elements[verb];
  return all;
}

const PealElement *const *
peal_test_roots (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, make_roots, NULL);
}

const PealElement *const *
peal_test_stream_tables (void)
{
  static const PealElement *const all[] = {
    &peal_wire_features,     &peal_wire_auth,         &peal_wire_challenge,
    &peal_wire_response,     &peal_wire_success,      &peal_wire_enable,
    &peal_wire_sasl_failure, &peal_wire_bind_iq,      &peal_wire_enabled,
    &peal_wire_resume,       &peal_wire_resumed,      &peal_wire_failed,
    &peal_wire_ack,          &peal_wire_stream_error, NULL,
  };

  return all;
}
