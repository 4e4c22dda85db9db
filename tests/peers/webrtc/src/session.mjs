// What a stanza.js session does not do by itself: all candidates at once, fewer codecs, one ending.
// SPDX-License-Identifier: MIT
import { Jingle } from 'stanza';

const DESCRIBING = ['session-initiate', 'session-accept'];

export function shape(session, { trickle, codecs }) {
  // wrtc reports "closed" after close(), a browser does not: it would end the session a second time.
  const iceState = session.onIceStateChange.bind(session);
  session.onIceStateChange = () => session.state !== 'ended' && iceState();

  const send = session.send.bind(session);
  let held = null; // what is sent meanwhile must not overtake the description
  session.send = (action, data) => {
    if (DESCRIBING.includes(action)) keepCodecs(data, codecs);
    if (DESCRIBING.includes(action) && !trickle) {
      held = gathered(session.pc).then(() => addCandidates(session, data));
    }
    if (!held) send(action, data);
    else held = held.then(() => send(action, data));
  };
  if (!trickle) {
    session.onIceCandidate = () => {};
    session.onIceEndOfCandidates = () => {};
  }
}

function keepCodecs(data, codecs) {
  if (!codecs.length) return;
  const wanted = codecs.map(name => name.toLowerCase());
  for (const { application } of data.contents) {
    application.codecs = application.codecs.filter(codec => wanted.includes(codec.name.toLowerCase()));
  }
}

function gathered(pc) {
  if (pc.iceGatheringState === 'complete') return Promise.resolve();
  return new Promise(resolve => pc.addEventListener('icecandidate', event => event.candidate || resolve()));
}

function addCandidates(session, data) {
  const { media } = Jingle.importFromSDP(session.pc.localDescription.sdp);
  for (const content of data.contents) {
    const own = media.find(({ mid }) => mid === content.name);
    content.transport.candidates = own.candidates.map(candidate => ({ ...candidate, component: 1 }));
  }
}
