// What a peer connection says of itself, in few words.
// SPDX-License-Identifier: MIT

export async function report(pc) {
  const stats = [...(await pc.getStats()).values()];
  const byId = new Map(stats.map(entry => [entry.id, entry]));
  const audio = type => stats.find(entry => entry.type === type && entry.kind === 'audio') ?? {};
  const [inbound, outbound] = [audio('inbound-rtp'), audio('outbound-rtp')];
  const transport = stats.find(entry => entry.type === 'transport') ?? {};
  const pair = byId.get(transport.selectedCandidatePairId) ?? {};
  const candidateType = id => byId.get(id)?.candidateType;
  return {
    received: inbound.packetsReceived ?? 0, lost: inbound.packetsLost ?? 0, sent: outbound.packetsSent ?? 0,
    codec: byId.get(inbound.codecId)?.mimeType,
    dtls: transport.dtlsState, srtp: transport.srtpCipher,
    local: candidateType(pair.localCandidateId), remote: candidateType(pair.remoteCandidateId)
  };
}
