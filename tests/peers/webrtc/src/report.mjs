// What a peer connection says of itself, in few words.
// SPDX-License-Identifier: MIT

// The numbers of a picture, and what each is called by the standard.
const SEEN = {
  received: 'packetsReceived', lost: 'packetsLost', bytes: 'bytesReceived', decoded: 'framesDecoded', keys: 'keyFramesDecoded',
  fps: 'framesPerSecond', frozen: 'freezeCount', nacks: 'nackCount', plis: 'pliCount', firs: 'firCount'
};
const SHOWN = {
  sent: 'packetsSent', again: 'retransmittedPacketsSent', sent_bytes: 'bytesSent', encoded: 'framesEncoded', sent_keys: 'keyFramesEncoded',
  sent_fps: 'framesPerSecond', sent_width: 'frameWidth', sent_height: 'frameHeight', target_bps: 'targetBitrate',
  nacked: 'nackCount', asked: 'pliCount', demanded: 'firCount'
};

const chosen = (entry, names) =>
  Object.fromEntries(Object.entries(names).map(([name, key]) => [name, entry[key]]).filter(([, value]) => value !== undefined));

export async function report(pc) {
  const stats = [...(await pc.getStats()).values()];
  const byId = new Map(stats.map(entry => [entry.id, entry]));
  const rtp = (type, kind) => stats.find(entry => entry.type === type && entry.kind === kind);
  const codec = entry => byId.get(entry?.codecId)?.mimeType;
  const [inbound, outbound] = [rtp('inbound-rtp', 'audio') ?? {}, rtp('outbound-rtp', 'audio') ?? {}];
  const transports = stats.filter(entry => entry.type === 'transport');
  const pair = byId.get(transports[0]?.selectedCandidatePairId) ?? {};
  const candidateType = id => byId.get(id)?.candidateType;
  const waiting = transports.find(entry => entry.dtlsState !== 'connected');
  return {
    received: inbound.packetsReceived ?? 0, lost: inbound.packetsLost ?? 0, sent: outbound.packetsSent ?? 0,
    codec: codec(inbound), dtls: (waiting ?? transports[0])?.dtlsState, srtp: transports[0]?.srtpCipher,
    local: candidateType(pair.localCandidateId), remote: candidateType(pair.remoteCandidateId),
    transports: transports.length, picture: picture(rtp('inbound-rtp', 'video'), rtp('outbound-rtp', 'video'), codec)
  };
}

function picture(inbound, outbound, codec) {
  if (!inbound && !outbound) return undefined;
  return {
    ...chosen(inbound ?? {}, SEEN), ...chosen(outbound ?? {}, SHOWN),
    codec: codec(inbound), sent_codec: codec(outbound), encoder: outbound?.encoderImplementation
  };
}
