"""The arrows between the rooms hold, and the script that says so would notice if they did not."""
# SPDX-License-Identifier: MIT
import pytest

import arrows


def test_the_tree_keeps_the_arrows():
    names = arrows.sources()
    assert "cli/main.c" in names
    assert list(arrows.violations(names)) == []


@pytest.mark.parametrize("path, header", [
    ("signaling/wire/codec.c", "signaling/jingle/jingle.h"),
    ("signaling/wire/jid.c", "signaling/port.h"),
    ("signaling/stream/stream.c", "signaling/jingle/session.h"),
    ("signaling/im/caps.c", "signaling/jingle/endpoint.h"),
    ("signaling/im/caps.c", "signaling/stream/stream.h"),
    ("signaling/jingle/endpoint.c", "signaling/stream/stream.h"),
    ("signaling/jingle/session.c", "transport/channel.h"),
    ("signaling/event.c", "signaling/im/disco.h"),
    ("transport/ice_udp.c", "media/rtp.h"),
    ("transport/dtls.c", "signaling/stream/stream.h"),
    ("media/port.c", "transport/ice_udp.h"),
    ("media/port.c", "transfer/file.h"),
    ("transfer/file.c", "transport/channel.h"),
    ("transfer/sender.c", "media/rtp.h"),
    ("transport/udp.c", "cli/account.h"),
    ("media/codecs.c", "tests/sim/world.h"),
    ("media/codecs.c", "codecs.h"),
    ("helpers/things.c", "signaling/port.h"),
])
def test_a_forbidden_include_is_found(path, header):
    text = f'/* A file. */\n#include <glib.h>\n#  include "{header}"\n'
    assert len(list(arrows.forbidden(path, text))) == 1


@pytest.mark.parametrize("path, header", [
    ("signaling/wire/codec.c", "signaling/wire/codec.h"),
    ("signaling/jingle/endpoint.c", "signaling/im/roster.h"),
    ("signaling/jingle/endpoint.c", "signaling/port.h"),
    ("transport/ice_udp.c", "signaling/jingle/method.h"),
    ("media/port.c", "transport/channel.h"),
    ("cli/command_call.c", "media/rtp.h"),
    ("cli/command_call.c", "signaling/stream/stream.h"),
    ("tests/sim/world.c", "signaling/jingle/session.h"),
    ("bench/setup.c", "transport/loop.h"),
])
def test_an_allowed_include_passes(path, header):
    assert list(arrows.forbidden(path, f'#include "{header}"\n')) == []
