"""What a recorded client does with packets: libnice for ICE, GStreamer for DTLS-SRTP, RTP and codecs.

One object a content. With DTLS its packets are a GStreamer program's, without they are plain RTP; a
second component is there, used for RTCP where the two sides have not agreed on rtcp-mux.
"""
# SPDX-License-Identifier: MIT
import hashlib
import ssl

import gi

gi.require_version("Nice", "0.1")
gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst, Nice  # noqa: E402

Gst.init(None)

# name, clock: what makes packets of it, and what understands them
CODECS = {
    ("opus", 48000): ("opusenc ! rtpopuspay", "rtpopusdepay ! opusdec", "OPUS"),
    ("speex", 16000): ("speexenc mode=wb ! rtpspeexpay", "rtpspeexdepay ! speexdec", "SPEEX"),
    ("speex", 8000): ("speexenc mode=nb ! rtpspeexpay", "rtpspeexdepay ! speexdec", "SPEEX"),
    ("pcmu", 8000): ("mulawenc ! rtppcmupay", "rtppcmudepay ! mulawdec", "PCMU"),
    ("pcma", 8000): ("alawenc ! rtppcmapay", "rtppcmadepay ! alawdec", "PCMA"),
    ("vp8", 90000): ("vp8enc deadline=1 cpu-used=8 keyframe-max-dist=30 target-bitrate=300000 ! rtpvp8pay",
                     "rtpvp8depay ! vp8dec", "VP8"),
}
SOUND = ("audiotestsrc is-live=true freq={tone} volume=0.3 ! audioconvert ! audioresample"
         " ! audio/x-raw,rate={rate},channels=1")
PICTURE = ("videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1"
           " ! videoconvert")


class Unplayable(Exception):
    pass


class Content:
    """`tell(word)` hears `gathered` (candidates may be told), `secured`, and `media` at the first sound or
    picture."""

    def __init__(self, name, *, controlling, pem, tone, record, tell):
        self.name, self.pem, self.tone, self.record, self.tell = name, pem, tone, record, tell
        self.agent = Nice.Agent.new(GLib.MainContext.default(), Nice.Compatibility.RFC5245)
        self.agent.set_property("controlling-mode", controlling)
        self.agent.set_property("upnp", False)
        self.agent.set_property("ice-tcp", False)
        self.stream = self.agent.add_stream(2)
        self.agent.connect("candidate-gathering-done", self.gathered)
        self.ready, self.picture, self.pipeline, self.frames, self.remote = False, False, None, 0, set()
        self.agent.gather_candidates(self.stream)

    def gathered(self, *_):
        self.ready = True
        GLib.idle_add(self.tell, "gathered")

    # --- what is told of it, and what is heard ---

    @property
    def credentials(self):
        _, ufrag, pwd = self.agent.get_local_credentials(self.stream)
        return ufrag, pwd

    @property
    def fingerprint(self):
        return digest(self.pem.split("-----BEGIN PRIVATE", 1)[0])

    def candidates(self):
        """Of (component, foundation, priority, address, port)."""
        for component in (1, 2):
            for each in self.agent.get_local_candidates(self.stream, component):
                words = self.agent.generate_local_candidate_sdp(each).partition("candidate:")[2].split()
                foundation, number, protocol, priority, address, port = words[:6]
                if protocol.lower() == "udp" and not address.lower().startswith("fe80"):
                    yield int(number), foundation, priority, address, port

    def hear(self, ufrag, pwd, candidates):
        """`candidates`: of (component, foundation, priority, address, port, type)."""
        if ufrag and pwd:
            self.agent.set_remote_credentials(self.stream, ufrag, pwd)
        for component in (1, 2):
            fresh = [each for each in candidates if each[0] == component and each not in self.remote]
            self.remote.update(fresh)
            lines = [f"candidate:{f} {c} UDP {p} {a} {port} typ {kind}" for c, f, p, a, port, kind in fresh]
            parsed = [self.agent.parse_remote_candidate_sdp(self.stream, line) for line in lines]
            if parsed:
                self.agent.set_remote_candidates(self.stream, component, [one for one in parsed if one])

    # --- packets ---

    def start(self, codec, payload, *, secure, client, mux, expected=None):
        """`codec`: (name, clock); `expected`: the other side's fingerprint, which is compared."""
        if codec not in CODECS:
            raise Unplayable(f"no {codec[0]}/{codec[1]} here")
        speak, hear, encoding = CODECS[codec]
        self.picture = codec[1] == 90000
        media = "video" if self.picture else "audio"
        source = PICTURE if self.picture else SOUND.format(tone=self.tone, rate=min(codec[1], 48000))
        sink = ("videoconvert ! fakesink name=end signal-handoffs=true sync=false" if self.picture else
                f"audioconvert ! audioresample ! audio/x-raw,rate=48000,channels=1 ! tee name=end"
                f" end. ! queue ! wavenc ! filesink location={self.record}"
                f" end. ! queue ! fakesink name=count signal-handoffs=true sync=false")
        caps = f"application/x-rtp,media={media},clock-rate={codec[1]},encoding-name={encoding},payload={payload}"
        text = (f"rtpbin name=rtp latency=60 {source} ! {speak} pt={payload} ! rtp.send_rtp_sink_0 "
                + (self.secured(client, caps) if secure else self.plain(mux, caps)))
        self.pipeline = Gst.parse_launch(text)
        for name in ("in", "out", "in2", "out2"):
            element = self.pipeline.get_by_name(name)
            if element:
                element.set_property("agent", self.agent)
        rtp = self.pipeline.get_by_name("rtp")
        rtp.connect("pad-added", self.heard, f"queue ! {hear} ! {sink}")
        rtp.connect("request-pt-map", lambda _bin, _session, _pt: Gst.Caps.from_string(caps))
        decoder = self.pipeline.get_by_name("dec")
        if decoder:
            decoder.set_property("pem", self.pem)
            decoder.connect("notify::peer-pem", self.shown, expected)
        self.pipeline.set_state(Gst.State.PLAYING)

    def secured(self, client, caps):
        connection = f"c{id(self)}"
        return (f"nicesrc name=in stream={self.stream} component=1 ! dtlssrtpdec name=dec connection-id={connection} "
                f"dtlssrtpenc name=enc connection-id={connection} is-client={str(client).lower()} "
                f"! nicesink name=out stream={self.stream} component=1 sync=false async=false "
                f"dec.rtp_src ! {caps} ! rtp.recv_rtp_sink_0 dec.rtcp_src ! rtp.recv_rtcp_sink_0 "
                f"rtp.send_rtp_src_0 ! enc.rtp_sink_0 rtp.send_rtcp_src_0 ! enc.rtcp_sink_0")

    def plain(self, mux, caps):
        second = 1 if mux else 2
        return (f"nicesrc name=in stream={self.stream} component=1 ! {caps} ! rtp.recv_rtp_sink_0 "
                f"rtp.send_rtp_src_0 ! nicesink name=out stream={self.stream} component=1 sync=false async=false "
                + ("" if mux else
                   f"nicesrc name=in2 stream={self.stream} component=2 ! application/x-rtcp ! rtp.recv_rtcp_sink_0 ")
                + f"rtp.send_rtcp_src_0 ! nicesink name=out2 stream={self.stream} component={second}"
                  f" sync=false async=false")

    def shown(self, decoder, _what, expected):
        pem = decoder.get_property("peer-pem")
        if pem and expected:
            GLib.idle_add(self.tell, "secured" if digest(pem) == expected else "forged")

    def heard(self, rtp, pad, text):
        if not pad.get_name().startswith("recv_rtp_src"):
            return
        ear = Gst.parse_bin_from_description(text, True)
        self.pipeline.add(ear)
        ear.sync_state_with_parent()
        pad.link(ear.get_static_pad("sink"))
        (ear.get_by_name("count") or ear.get_by_name("end")).connect("handoff", self.count)

    def count(self, *_):
        self.frames += 1
        if self.frames == 1:
            GLib.idle_add(self.tell, "media")

    def close(self):
        if self.pipeline:
            self.pipeline.send_event(Gst.Event.new_eos())
            self.pipeline.get_bus().timed_pop_filtered(Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
            self.pipeline.set_state(Gst.State.NULL)


def digest(pem):
    der = ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERT"):])
    return ":".join(f"{byte:02X}" for byte in hashlib.sha256(der).digest())
