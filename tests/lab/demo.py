"""The demo: two accounts on a private server, one encrypted call, ten seconds of speech and picture each way.

Prints what each side saw of the call and how alike what it heard is to what was said; leaves the
recordings, a film of each picture and a spectrogram of each pair in a folder it names. Status 0 if both
sides heard and saw well.
"""
# SPDX-License-Identifier: MIT
import dataclasses
import pathlib
import sys
import tempfile
import time

from lab import picture
from lab.lab import Lab
from lab.measure import compare
from lab.program import Missing, Program
from lab.server import Person
from lab.sound import read_wav
from lab.speech import ANSWERER, CALLER, SECONDS, speak
from lab.stage import polite_signals

SIZE, FPS = "640x360", "15"
TALK = SECONDS + 2  # the last words need time to arrive


@dataclasses.dataclass
class Side:
    person: Person
    said: pathlib.Path
    heard: pathlib.Path
    seen: pathlib.Path
    program: Program = None

    @property
    def media(self):
        return ["--audio-in", f"file:{self.said}", "--audio-out", f"file:{self.heard}", "--video", "--video-in", "test",
                "--video-out", f"file:{self.seen}", "--size", SIZE, "--fps", FPS]

    def stats(self, content):
        return (self.program.all("stats", content=content) or [{}])[-1]

    def call_facts(self):
        """What its own events tell of the call."""
        connected = self.program.first("connected", content="audio") or {}
        stats, picture = self.stats("audio"), self.stats("video")
        types = f'{connected.get("local_type")} to {connected.get("remote_type")}'
        got, lost = stats.get("packets_received"), stats.get("lost")
        return {
            "path": f'{connected.get("path")}, {types}, {connected.get("local")}'
                    f' to {connected.get("remote")}',
            "encryption": connected.get("encryption"),
            "codec": f'{connected.get("codec")}, {(self.program.first("connected", content="video") or {}).get("codec")}',
            "set-up": f'{connected.get("setup_ms")} ms',
            "loss": f"{lost} of {got + lost} packets" if got is not None and lost is not None
                    else "not known",
            "seen": f'{picture.get("frames")} frames of {picture.get("width")}x{picture.get("height")}',
        }

    def saw(self):
        """Whether half of the frames came that could have: what starts and ends takes a moment."""
        return (self.stats("video").get("frames") or 0) >= TALK * int(FPS) / 2


def output_folder():
    """A new folder named by the time: here, or where scratch files go if here is read-only."""
    name = time.strftime("demo-%Y%m%d-%H%M%S")
    for parent in (pathlib.Path.cwd(), pathlib.Path(tempfile.gettempdir())):
        try:
            (parent / name).mkdir()
            return parent / name
        except OSError:
            continue
    raise SystemExit("demo: nowhere to leave the recordings")


def call(lab, alice, bob):
    """Alice calls Bob; returns when both programs have left."""
    bob.program = lab.peal(bob.person, "answer", "--auto", "--once", *bob.media)
    bob.program.wait("online")
    alice.program = lab.peal(alice.person, "call", bob.person.jid, "--duration", str(TALK),
                             *alice.media)
    for side in (alice, bob):
        side.program.wait("connected")
    print(f"connected; {SECONDS} seconds of speech and picture each way …", flush=True)
    return [side.program.finish(TALK + 30) for side in (alice, bob)]


def judge(speaker, hearer, folder):
    """How alike: its line, whether it is good, and the picture of it."""
    said, heard = read_wav(speaker.said), read_wav(hearer.heard)
    likeness = compare(said, heard)
    name = f"{speaker.person.name}-to-{hearer.person.name}.png"
    late = round(likeness.delay_ms * 48)
    picture.write_png(folder / name, picture.pair(said, heard[max(late, 0):][:len(said)]))
    return likeness, list(likeness.faults())


def show(side, other, folder):
    """Prints one side of the call; whether it heard well."""
    likeness, faults = judge(other, side, folder)
    print(f"\n{side.person.jid}")
    for name, value in side.call_facts().items():
        print(f"  {name:<11}{value}")
    print(f"  {'heard':<11}{likeness}")
    for fault in [*faults, *([] if side.saw() else ["too few frames were seen"])]:
        print(f"  {'':<11}{fault}")
    return not faults and side.saw()


def run(lab, folder):
    people = lab.server.friends("alice", "bob")
    alice, bob = (Side(person, folder / f"{person.name}-says.wav", folder / f"{person.name}-hears.wav",
                       folder / f"{person.name}-sees.mkv")
                  for person in people)
    speak(CALLER, alice.said)
    speak(ANSWERER, bob.said)
    statuses = call(lab, alice, bob)
    good = [show(alice, bob, folder), show(bob, alice, folder)]
    print(f"\nrecordings, films and spectrograms: {folder}")
    return 0 if statuses == [0, 0] and all(good) else 1


def main():
    polite_signals()
    try:
        with Lab("peal-demo") as lab:
            where = "in a network of its own" if lab.network.private else "on loopback"
            print(f"a private server {where}, its certificate verified", flush=True)
            return run(lab, output_folder())
    except Missing as missing:
        print(f"demo: {missing}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: ended early; nothing is left running", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
