"""Logins at scripted servers, as the end to end tests play them."""
# SPDX-License-Identifier: MIT
import concurrent.futures
import dataclasses
import itertools
import json
import pathlib
import re
import subprocess

from lab.certificates import make_certificates
from lab.hostile import DOMAIN, PASSWORD
from lab.lab import ROOT, build_folder
from lab.program import Program
from lab.server import Person

ALICE = Person("alice", f"alice@{DOMAIN}", PASSWORD)
AT_ONCE = 4
PATIENCE = 90  # s for one login; the machine may be busy
# s to wait for a server that never answers; the longer ones where a busy machine did not get as far as that
# in time, and for servers that answer, however late.
STEP_SECONDS = (1, 8, 40)
RESOLVING = {pathlib.Path("/etc/resolv.conf"): "nameserver 127.0.0.1\noptions timeout:5 attempts:2\n",
             pathlib.Path("/etc/nsswitch.conf"): "hosts: files dns\n",
             pathlib.Path("/etc/hosts"): "127.0.0.1 localhost\n"}
ZONE = {"_xmpp-client._tcp.elsewhere.test": [[0, 0, 0, "."]], "_xmpps-client._tcp.elsewhere.test": [[0, 0, 0, "."]],
        "_xmpp-client._tcp.broken.test": "broken", "_xmpps-client._tcp.broken.test": "broken"}


@dataclasses.dataclass(frozen=True)
class Scene:
    """A server's script (tests/lab/hostile.py), or a server named otherwise; what is typed; what must be said."""
    script: str = ""
    arguments: tuple = ()
    says: str = ""
    server: str = ""  # instead of the script's
    zone: str = ""  # a domain of ZONE instead of --server
    private: bool = False  # needs a network of our own
    later: bool = True  # can happen to a session that was there, too
    mute: bool = False  # never answers
    proxy: str = ""  # how to write that the script is a proxy's
    password: str = PASSWORD


def by(proxy, script):
    return Scene(script, server=f"xmpp.{DOMAIN}:5222", proxy=proxy, later=False)


def at(way, *steps, **more):
    return [Scene(f"{way}@{step}", says=more.get(step, "")) for step in steps]


def mute(step, says, *arguments):
    return [Scene(f"mute@{step}", arguments, says, mute=True)]


class Theatre:
    """The scripted servers, and logins at them, several at once."""

    def __init__(self, lab, scripts):
        self.lab = lab
        self.folder = lab.folder / "hostile"
        self.folder.mkdir()
        make_certificates(self.folder)
        self.programs = []
        self.serial = itertools.count(1)
        server = self.start("server", ["/usr/bin/python3", ROOT / "tests" / "lab" / "hostile.py", self.folder,
                                       *scripts], {})
        self.ports = server.wait("ready")["ports"]
        self.pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
        self.asked = {}
        self.has_names = False

    def plays(self, scene):
        """Whether this system lets us: not everywhere may we have a network or mounts of our own."""
        return (self.lab.network.private or not scene.private) and (self.has_names or not scene.zone)

    def start(self, name, argv, env, **options):
        program = Program(self.lab.stage, self.lab.network.wrap(argv), f"hostile-{next(self.serial)}-{name}",
                          env=env, **options)
        self.programs.append(program)
        return program

    def close(self):
        """Nothing begins any more, what runs is ended, and so is what began meanwhile."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        for program in self.programs[:]:
            program.stop()
        self.pool.shutdown()
        for program in self.programs:
            program.stop()

    def environment(self):
        """What peal needs to log in as alice, with a home of its own."""
        mine = self.lab.environment(Person("alice", f"hostile-{next(self.serial)}", PASSWORD))
        return {**mine, "PEAL_JID": ALICE.jid, "PEAL_SERVER": "", "PEAL_CA": str(self.folder / "ca.crt")}

    def server_of(self, scene):
        port = self.ports.get(scene.script)
        if scene.zone:
            return []
        if scene.proxy:
            return ["--server", scene.server, "--proxy", f"{scene.proxy}127.0.0.1:{port}"]
        return ["--server", f"{scene.server}:{port}" if scene.server and port else
                scene.server or f"127.0.0.1:{port}"]

    def log_in(self, scene):
        """One login to its end: the program, and its trace."""
        for seconds in STEP_SECONDS if scene.mute else STEP_SECONDS[-1:]:
            program, trace = self.log_in_within(seconds, scene)
            if scene.says in program.log.read_text():
                break
        return program, trace

    def log_in_within(self, seconds, scene):
        name = re.sub(r"\W", "-", scene.script or scene.zone or scene.server)
        env = {**self.environment(), "PEAL_PASSWORD": scene.password}
        trace = pathlib.Path(env["HOME"]) / "trace"
        jid = f"alice@{scene.zone}" if scene.zone else ALICE.jid
        typed = [str(self.folder / word) if word.endswith(".pem") else word for word in map(str, scene.arguments)]
        argv = [build_folder() / "peal", "account", "add", jid, "--json", "--trace", trace,
                *self.server_of(scene), "--connect-timeout", seconds, *typed]
        program = self.start(name, self.asking_names(argv) if scene.zone else argv, env)
        program.finish(PATIENCE)
        return program, trace.read_text() if trace.exists() else ""

    def run(self, script, *words):
        """Another command at that server, to its end."""
        program = self.start(words[0], [build_folder() / "peal", *words, "--json", "--server",
                                        f"127.0.0.1:{self.ports[script]}"], self.environment())
        program.finish(PATIENCE)
        return program

    def wait_for_calls(self, script, *arguments):
        """`peal answer`, which keeps its session for as long as it can."""
        name = re.sub(r"\W", "-", script)
        return self.start(name, [
            build_folder() / "peal", "answer", "--audio-in", "silence", "--audio-out", "none", "--server",
            f"127.0.0.1:{self.ports[script]}", "--connect-timeout",
            STEP_SECONDS[1] if "mute" in script else STEP_SECONDS[-1], *arguments], self.environment())

    def come_back(self, script):
        """A session that is lost and meets `script` when it comes back: what is told until it is over."""
        program = self.wait_for_calls(script, "--json")
        program.wait_until(lambda: program.closed or len(program.all("online")) > 1, PATIENCE, "second session")
        program.signal()
        program.finish(PATIENCE)
        return program

    def ask(self, play, *arguments):
        """The result of `play`, which may have begun long ago."""
        key = (play.__name__, *arguments)
        if key not in self.asked:
            self.asked[key] = self.pool.submit(play, *arguments)
        return self.asked[key]

    # --- names ---

    def asking_names(self, argv):
        """The command that runs `argv` where our name server is the only one."""
        words = [f"mount --bind {self.folder / path.name} {path}" for path in RESOLVING]
        return ["unshare", "--mount", "sh", "-c", " && ".join([*words, 'exec "$0" "$@"']), *argv]

    def answer_names(self):
        """Starts the name server. In second.test the first refuses, the next says nothing, the last is there."""
        for path, text in RESOLVING.items():
            (self.folder / path.name).write_text(text)
        self.has_names = subprocess.run(self.lab.network.wrap(self.asking_names(["true"])), check=False,
                                        stderr=subprocess.DEVNULL).returncode == 0
        if not self.has_names:
            return
        path = self.folder / "zone.json"
        zone = {**ZONE, "here.second.test": "127.0.0.1", "_xmpps-client._tcp.second.test": [],
                "_xmpp-client._tcp.second.test": [
                    [1, 0, self.ports["refused"], "here.second.test"],
                    [2, 0, self.ports["mute@accept"], "here.second.test"],
                    [3, 0, self.ports["honest"], "here.second.test"]]}
        path.write_text(json.dumps(zone))
        self.start("names", ["/usr/bin/python3", ROOT / "tests" / "lab" / "names.py", path], {}).wait("ready")
