"""Odd offers, answers and words of a session, as XML: what a peer says that has misread the specifications.

Most of them are what libwebrtc's peers were asked to learn what they take (docs/interop.md); each is
one thing away from what everybody says.
"""
# SPDX-License-Identifier: MIT
import itertools

RTP, ICE = "urn:xmpp:jingle:apps:rtp:1", "urn:xmpp:jingle:transports:ice-udp:1"
DTLS, INFO = "urn:xmpp:jingle:apps:dtls:0", "urn:xmpp:jingle:apps:rtp:info:1"
HDREXT, FILE = "urn:xmpp:jingle:apps:rtp:rtp-hdrext:0", "urn:xmpp:jingle:apps:file-transfer:5"
OPUS = "<payload-type id='111' name='opus' clockrate='48000' channels='2'/>"
VP8 = "<payload-type id='96' name='VP8' clockrate='90000'/>"
MID, LEVEL = "urn:ietf:params:rtp-hdrext:sdes:mid", "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SDES = ("<encryption required='1'><crypto crypto-suite='AES_CM_128_HMAC_SHA1_80' tag='1'"
        " key-params='inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj'/></encryption>")
BOTH = "creator='initiator' senders='both'"
numbers = itertools.count(1)


# --- parts ---

def digest(size=32):
    return ":".join(["AB"] * size)


def fingerprint(kind="sha-256", setup="actpass", value=None, ns=DTLS):
    said = f" setup='{setup}'" if setup else ""
    return f"<fingerprint xmlns='{ns}' hash='{kind}'{said}>{value or digest()}</fingerprint>"


def candidate(more="", component=1, ip="10.77.0.2", kind="host", protocol="udp"):
    number = next(numbers)
    return (f"<candidate component='{component}' foundation='1' generation='0' id='c{number}' ip='{ip}' network='0'"
            f" port='{40000 + number}' priority='2130706431' protocol='{protocol}' type='{kind}' {more}/>")


def transport(proof=None, inner="", credentials=True, ns=ICE):
    number = next(numbers)
    known = f" ufrag='u{number:07}' pwd='p{number:023}'" if credentials else ""
    return f"<transport xmlns='{ns}'{known}>{fingerprint() if proof is None else proof}{inner}</transport>"


def rtp(media="audio", payloads=OPUS, more="", mux=True, ns=RTP):
    return f"<description xmlns='{ns}' media='{media}'>{payloads}{'<rtcp-mux/>' * mux}{more}</description>"


def content(name, description, way=None, attributes=BOTH):
    return f"<content {attributes} name='{name}'>{description}{transport() if way is None else way}</content>"


def group(*names):
    inner = "".join(f"<content name='{name}'/>" for name in names)
    return f"<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'>{inner}</group>"


def extension(number, uri):
    return f"<rtp-hdrext xmlns='{HDREXT}' id='{number}' uri='{uri}'/>"


def voice(way=None, description=None, attributes=BOTH):
    """One voice in a group of its own."""
    return content("0", description or rtp(), way, attributes) + group("0")


def codec(payload):
    return voice(description=rtp(payloads=payload))


def pair(audio=None, video=None, ways=(None, None), names=("a", "v"), more=""):
    """A voice and a picture."""
    video = rtp("video", VP8) if video is None else video
    return content(names[0], audio or rtp(), ways[0]) + content(names[1], video, ways[1]) + more


def bundled(audio=None, video=None, more=None):
    way = transport()
    return pair(audio, video, (way, way), more=group("a", "v") if more is None else more)


def file(inner="<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-1'/>", way=None):
    description = f"<description xmlns='{FILE}'><file><name>x.bin</name><size>4</size>{inner}</file></description>"
    channel = "<sctpmap xmlns='urn:xmpp:jingle:transports:dtls-sctp:1' number='5000' protocol='webrtc-datachannel'/>"
    return content("0", description, transport(inner=channel) if way is None else way) + group("0")


# --- offers ---

EMPTY = f"<transport xmlns='{ICE}'/>"
SOURCE = "<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='1234'><parameter name='cname' value='c'/></source>"
TRICKY = "<payload-type id='111' name='opus' clockrate='48000' channels='2' ptime='20' maxptime='60'>" \
    "<rtcp-fb-trr-int xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' value='100'/>" \
    "<parameter name='ptime' value='20'/></payload-type>"

OFFERS = {
    "minimal": voice(),
    "no group": content("0", rtp()),
    "no rtcp-mux": voice(description=rtp(mux=False)),
    "no group, no rtcp-mux": content("0", rtp(mux=False)),
    "called voice": content("voice", rtp()) + group("voice"),
    "no fingerprint": voice(transport("")),
    "no ufrag and pwd": voice(transport(credentials=False)),
    "no transport": voice(""),
    "setup active": voice(transport(fingerprint(setup="active"))),
    "setup passive": voice(transport(fingerprint(setup="passive"))),
    "no setup": voice(transport(fingerprint(setup=""))),
    "setup nonsense": voice(transport(fingerprint(setup="nonsense"))),
    "fingerprint sha-1": voice(transport(fingerprint("sha-1", value=digest(20)))),
    "fingerprint sha-512": voice(transport(fingerprint("sha-512", value=digest(64)))),
    "fingerprint md5": voice(transport(fingerprint("md5", value=digest(16)))),
    "fingerprint in lower case": voice(transport(fingerprint(value=digest().lower()))),
    "fingerprint too short": voice(transport(fingerprint(value=digest(31)))),
    "two fingerprints": voice(transport(fingerprint() + fingerprint("sha-512", value=digest(64)))),
    "fingerprint of an old namespace": voice(transport(fingerprint(ns="urn:xmpp:tmp:jingle:apps:dtls:0"))),
    "SDES alone": voice(transport(""), rtp(more=SDES)),
    "SDES beside DTLS": voice(description=rtp(more=SDES)),
    "candidates and their end": voice(transport(
        inner=candidate() + candidate(component=2) + "<gathering-complete/>")),
    "relay without rel-addr, UDP in capitals": voice(transport(inner=candidate(kind="relay", protocol="UDP"))),
    "srflx with rel-addr": voice(transport(inner=candidate("rel-addr='10.0.0.1' rel-port='1'", kind="srflx"))),
    "candidate with a host name": voice(transport(inner=candidate(ip="abc.local"))),
    "candidate of TCP": voice(transport(inner=candidate("tcptype='active'", protocol="tcp"))),
    "candidate of an odd type": voice(transport(inner=candidate(kind="banana"))),
    "transport ice:0": voice(transport(ns="urn:xmpp:jingle:transports:ice:0")),
    "transport raw-udp": voice(transport(ns="urn:xmpp:jingle:transports:raw-udp:1")),
    "unknown transport": voice(transport(ns="urn:example:nothing")),
    "unknown description": voice(description=rtp(ns="urn:example:app")),
    "no payload types": codec(""),
    "unknown codec alone": codec("<payload-type id='100' name='nonsense' clockrate='8000'/>"),
    "a static number alone": codec("<payload-type id='0'/>"),
    "opus without channels": codec("<payload-type id='111' name='opus' clockrate='48000'/>"),
    "OPUS in capitals": codec("<payload-type id='111' name='OPUS' clockrate='48000' channels='2'/>"),
    "opus as 35, after speex": codec("<payload-type id='98' name='SPEEX' clockrate='16000'/>"
                                     + OPUS.replace("111", "35")),
    "payload type 128": codec(OPUS.replace("111", "128")),
    "one number twice": codec(OPUS + OPUS.replace("opus", "other")),
    "extension 15": voice(description=rtp(more=extension(15, MID))),
    "extension 0 and 256": voice(description=rtp(more=extension(0, MID) + extension(256, LEVEL))),
    "one number for two extensions": voice(description=rtp(more=extension(1, MID) + extension(1, LEVEL))),
    "senders initiator": voice(attributes="creator='initiator' senders='initiator'"),
    "senders none": voice(attributes="creator='initiator' senders='none'"),
    "senders nonsense": voice(attributes="creator='initiator' senders='all'"),
    "source without ssrc": voice(description=rtp(more=SOURCE)),
    "trr-int and ptime": codec(TRICKY),
    "picture alone": content("v", rtp("video", VP8)),
    "picture on its own way": pair(),
    "BUNDLE": bundled(),
    "BUNDLE, two ways": pair(more=group("a", "v")),
    "BUNDLE, one number for two codecs": bundled(rtp(payloads=OPUS.replace("111", "96"))),
    "BUNDLE, one number for two extensions": bundled(
        rtp(more=extension(1, LEVEL)), rtp("video", VP8, more=extension(1, "urn:3gpp:video-orientation"))),
    "BUNDLE of an unknown content": bundled(more=group("a", "v", "zz")),
    "BUNDLE of the picture alone": pair(more=group("v")),
    "BUNDLE twice": bundled(more=group("a", "v") * 2),
    "picture without a way": pair(ways=(None, EMPTY), more=group("a", "v")),
    "picture with an unknown codec": pair(video=rtp("video", "<payload-type id='97' name='H266' clockrate='90000'/>")),
    "H264 without parameters": pair(video=rtp("video", "<payload-type id='97' name='H264' clockrate='90000'/>")),
    "two contents of one name": pair(names=("a", "a"), more=group("a")),
    "two voices": pair(video=rtp(), names=("a", "b"), more=group("a", "b")),
    "two pictures": content("v", rtp("video", VP8)) + content("w", rtp("video", VP8)) + group("v", "w"),
    "a medium of no kind": voice(description=rtp("smell", OPUS)),
    "no contents": "",
    "content without a name": f"<content creator='initiator'>{rtp()}{transport()}</content>",
    "content without a creator": f"<content name='0'>{rtp()}{transport()}</content>",
    "content of the responder": content("0", rtp(), attributes="creator='responder'"),
    "file": file(),
    "file without a hash": file(""),
    "file over IBB": file(way="<transport xmlns='urn:xmpp:jingle:transports:ibb:1' block-size='4096' sid='x'/>"),
    "voice and file": voice().replace("name='0'", "name='a'") + file(),
}


# --- in a session: (action, what it holds), the contents are a and v ---

def of(name, inner="", more=""):
    return f"<content creator='initiator' name='{name}'{more}>{inner}</content>"


def way_of(name, inner="", more=""):
    return of(name, f"<transport xmlns='{ICE}'{more}>{inner}</transport>")


def new_way():
    number = next(numbers)
    return f" ufrag='n{number:07}' pwd='q{number:023}'"


SESSION = {
    "ping": ("session-info", ""),
    "ringing": ("session-info", f"<ringing xmlns='{INFO}'/>"),
    "mute": ("session-info", f"<mute xmlns='{INFO}' creator='initiator' name='a'/>"),
    "mute of what is not there": ("session-info", f"<mute xmlns='{INFO}' creator='initiator' name='zz'/>"),
    "hold": ("session-info", f"<hold xmlns='{INFO}'/>"),
    "active": ("session-info", f"<active xmlns='{INFO}'/>"),
    "unknown info": ("session-info", "<foo xmlns='urn:example:foo'/>"),
    "one more picture": ("content-add", content("v2", rtp("video", VP8))),
    "one more content of a name that is there": ("content-add", content("v", rtp("video", VP8))),
    "content-add of nothing": ("content-add", ""),
    "content-add of an unknown kind": ("content-add", content("x", rtp(ns="urn:example:app"))),
    "senders": ("content-modify", of("a", more=" senders='initiator'")),
    "senders of what is not there": ("content-modify", of("zz", more=" senders='initiator'")),
    "picture removed": ("content-remove", of("v")),
    "what is not there removed": ("content-remove", of("zz")),
    "content-accept unasked": ("content-accept", content("v2", rtp("video", VP8))),
    "content-reject unasked": ("content-reject", of("v")),
    "description-info": ("description-info", of("a", rtp())),
    "description-info without codecs": ("description-info", of("a", rtp(payloads=""))),
    "security-info": ("security-info", ""),
    "candidate": ("transport-info", way_of("a", candidate())),
    "candidate of an odd type": ("transport-info", way_of("a", candidate(kind="banana"))),
    "candidate of what is not there": ("transport-info", way_of("nope", candidate())),
    "remote-candidate": ("transport-info", way_of("a", "<remote-candidate component='1' ip='10.77.0.2' port='4'/>")),
    "gathering-complete": ("transport-info", way_of("a", "<gathering-complete/>")),
    "ICE restart": ("transport-info", way_of("a", more=new_way()) + way_of("v", more=new_way())),
    "ICE restart without a password": ("transport-info", way_of("a", candidate(), " ufrag='other'")),
    "transport-info of nothing": ("transport-info", ""),
    "transport-replace": ("transport-replace", of("a", transport())),
    "transport-replace by an unknown one": ("transport-replace", of("a", transport(ns="urn:example:nothing"))),
    "transport-accept unasked": ("transport-accept", of("a", transport())),
    "transport-reject unasked": ("transport-reject", of("a", transport())),
    "session-accept by who called": ("session-accept", voice()),
    "the same session again": ("session-initiate", voice()),
    "unknown action": ("frobnicate", ""),
    "terminate without a reason": ("session-terminate", ""),
    "terminate for an unknown reason": ("session-terminate", "<reason><bored/></reason>"),
}


# --- answers to an offer whose contents are called audio and video ---

def answered(setup="active", **how):
    return transport(fingerprint(setup=setup) if setup else fingerprint(setup=""), **how)


def both(way, audio=None, video=None, names=("audio", "video")):
    return (content(names[0], audio or rtp(), way) + content(names[1], video or rtp("video", VP8), way)
            + group(*names))


def alone(way=None, description=None, name="audio", attributes=BOTH):
    return content(name, description or rtp(), answered() if way is None else way, attributes) + group(name)


# Whether a picture is offered too, and the answer.
ANSWERS = {
    "BUNDLE": (True, both(answered())),
    "no group": (True, content("audio", rtp(), answered()) + content("video", rtp("video", VP8), answered())),
    "no rtcp-mux": (True, both(answered(), rtp(mux=False), rtp("video", VP8, mux=False))),
    "setup passive": (True, both(answered("passive"))),
    "setup actpass": (True, both(answered("actpass"))),
    "no setup": (True, both(answered(""))),
    "picture left out": (True, alone()),
    "picture with an empty transport": (True, content("audio", rtp(), answered())
                                        + content("video", rtp("video", VP8), EMPTY) + group("audio")),
    "picture without codecs and transport": (True, content("audio", rtp(), answered())
                                             + content("video", rtp("video", ""), "") + group("audio")),
    "picture of senders none": (True, both(answered()).replace("senders='both' name='video'",
                                                               "senders='none' name='video'")),
    "picture first": (True, content("video", rtp("video", VP8), answered()) + content("audio", rtp(), answered())
                      + group("video", "audio")),
    "nothing": (True, ""),
    "other numbers": (False, alone(description=rtp(payloads=OPUS.replace("111", "96")))),
    "a codec that was not offered": (False, alone(description=rtp(
        payloads="<payload-type id='99' name='nonsense' clockrate='16000'/>"))),
    "another name": (False, alone(name="voice")),
    "no fingerprint": (False, alone(answered().replace(fingerprint(setup="active"), ""))),
    "no ufrag": (False, alone(answered(credentials=False))),
    "creator responder": (False, alone(attributes="creator='responder'")),
    "an extension that was not offered": (False, alone(description=rtp(more=extension(9, "urn:example:ext")))),
}
