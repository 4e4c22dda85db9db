// One call: what is sent in it, what is seen and heard of the other side, and the verdict on it.
// SPDX-License-Identifier: MIT
import { report } from './report.mjs';

const SILENCE = { hertz: 0, level: 0, purity: 0 };
const sleep = seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000));

export class Call {
  // `sources` are what is sent: {audio, video}, each with a track.
  constructor(session, { engine, options, tell }) {
    Object.assign(this, { session, engine, options, tell, sources: {} });
    Object.assign(this, { connected: false, ears: [], eyes: [], last: null, concluded: false, adopted: false });
  }

  watch(pc) {
    pc.addEventListener('connectionstatechange', () => {
      this.tell('state', { sid: this.session.sid, state: pc.connectionState });
      if (pc.connectionState !== 'connected' || this.connected) return;
      this.connected = true;
      if (this.options.duration) sleep(this.options.duration).then(() => this.hangUp());
    });
    pc.addEventListener('track', ({ track }) => {
      if (track.kind === 'audio') this.ears.push(this.engine.ear(track));
      else this.eyes.push(this.engine.eye(track));
    });
    return pc;
  }

  get running() {
    return this.adopted && this.session.state !== 'ended';
  }

  // The kinds that were agreed to come to us.
  agreed() {
    const ways = this.session.pc.getTransceivers().filter(({ currentDirection }) => currentDirection?.includes('recv'));
    return [...new Set(ways.map(({ receiver }) => receiver.track.kind))];
  }

  async look() {
    if (!this.running || !(this.ears.length + this.eyes.length)) return;
    const seen = await report(this.session.pc);
    if (!this.running) return;
    const picture = seen.picture && { ...seen.picture, ...this.eyes[0]?.measure() };
    this.last = { ...seen, picture, ...(this.ears[0]?.measure() ?? SILENCE), agreed: this.agreed() };
    this.tell('stats', { sid: this.session.sid, ...this.last });
  }

  async hangUp(reason = this.options.reason) {
    await this.look().catch(() => {});
    if (this.session.state !== 'ended') this.session.end(reason);
  }

  async adopt(sources) {
    Object.assign(this, { sources, adopted: true });
    const tracks = Object.values(sources).map(({ track }) => track);
    const stream = this.engine.stream(tracks);
    for (const track of tracks) await this.session.addTrack(track, stream);
  }

  // The name of the content that carries this kind.
  content(kind) {
    return this.session.pc?.getTransceivers().find(({ receiver }) => receiver.track.kind === kind)?.mid;
  }

  // stanza.js only says it.
  mute(kind, quiet) {
    this.sources[kind].track.enabled = !quiet;
    this.session[quiet ? 'mute' : 'unmute']('initiator', this.content(kind));
  }

  // Whether all that was agreed to come has come.
  good() {
    const { agreed = [], dtls, received, level, purity, picture } = this.last ?? {};
    const heard = received > 0 && level > 0.01 && purity > 0.9;
    const seen = picture?.decoded > 0 && picture.moves > 0;
    const came = { audio: heard, video: seen };
    return this.connected && dtls === 'connected' && agreed.length > 0 && agreed.every(kind => came[kind]);
  }

  stop() {
    [...this.ears, ...this.eyes].forEach(one => one.stop());
    Object.assign(this, { ears: [], eyes: [] });
  }
}
