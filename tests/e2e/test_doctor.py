"""`peal doctor` on this machine, and on ones that lack something: each missing part by name, with its package."""
# SPDX-License-Identifier: MIT
import json
import os
import pathlib
import subprocess

import pytest

from calls import Call, calling, ended, waiting

PLUGINS = sorted(pathlib.Path("/usr/lib").glob("*/gstreamer-1.0")) + [pathlib.Path("/usr/lib/gstreamer-1.0")]


class Visit:
    """One visit: what was found by (feature, name), the last event and the status."""

    def __init__(self, program, home, *arguments, **environment):
        mine = {key: value for key, value in os.environ.items() if not key.startswith("PEAL_")}
        done = subprocess.run(
            [program, "doctor", *arguments], timeout=60, capture_output=True, text=True,
            env={**mine, "LC_ALL": "C.UTF-8", "XDG_CONFIG_HOME": str(home), "HOME": str(home),
                 "GST_REGISTRY": str(home / "registry"), **environment})
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        events = [json.loads(line) for line in done.stdout.splitlines()] if "--json" in arguments else []
        self.found = {(event["feature"], event["name"]): event for event in events if event["event"] == "check"}
        self.last = events[-1] if events else None

    def state(self, feature, name):
        return self.found[feature, name]["state"]


@pytest.fixture
def visit(peal_built, tmp_path):
    return lambda *arguments, **environment: Visit(peal_built, tmp_path, *arguments, **environment)


def plugins_without(folder, *names):
    """A folder with all of GStreamer's plug-ins but those; no names: with none at all."""
    folder.mkdir()
    for source in (PLUGINS[0] if names else pathlib.Path("/nowhere")).glob("*.so"):
        if source.stem.removeprefix("libgst") not in names:
            (folder / source.name).symlink_to(source)
    return {"GST_PLUGIN_SYSTEM_PATH": str(folder), "GST_PLUGIN_PATH": ""}


def test_nothing_is_missing_here(visit):
    here = visit("--json")
    assert here.status == 0 and here.last["event"] == "ended" and here.last["cause"] == "success"
    lacking = [name for name, event in here.found.items() if event["state"] == "missing"]
    assert lacking == []
    assert {("login", "TLS"), ("login", "SCRAM-SHA-256"), ("call", "opus"), ("call", "PCMU"), ("audio-in", "mic"),
            ("audio-in", "file:"), ("audio-out", "file:.wav"), ("demo", "prosody"), ("video", "vp8"), ("video", "camera"),
            ("video", "window"), ("video", "file:.mkv")} <= set(here.found)
    assert not any("package" in event for event in here.found.values() if event["state"] == "ok")


def test_for_people_it_is_a_table_and_a_sentence(visit, tmp_path):
    ill = visit(**plugins_without(tmp_path / "plugins", "opus"))
    row = next(line for line in ill.out.splitlines() if line.split()[:3] == ["call", "missing", "opus"])
    assert "install gstreamer1.0-plugins-base" in row
    assert ill.err.startswith("peal: opus: ") and ill.status == 8


def test_a_codec_that_is_missing(visit, tmp_path):
    ill = visit("--json", **plugins_without(tmp_path / "plugins", "opus", "spandsp"))
    assert ill.found["call", "opus"]["package"] == "gstreamer1.0-plugins-base"
    assert ill.found["call", "PCMU"]["package"] == "gstreamer1.0-plugins-bad"
    assert ill.state("audio-out", "file:.wav") == "ok" and ill.state("audio-out", "file:.ogg") == "missing"
    assert ill.status == 8 and ill.last["cause"] == "media"


def test_calls_do_without_what_only_one_codec_needs(visit, tmp_path):
    ill = visit("--json", **plugins_without(tmp_path / "plugins", "libav"))
    assert ill.found["call", "G722"]["package"] == "gstreamer1.0-libav" and ill.status == 0


def test_calls_do_without_a_codec_that_is_missing(lab, peal_built, tmp_path):
    """On either side: it is neither offered nor taken."""
    poor = plugins_without(tmp_path / "plugins", "opus")
    for caller_has, callee_has in ((poor, {}), ({}, poor)):
        alice, bob = lab.server.friends("alice", "bob")
        registry = {"GST_REGISTRY": str(tmp_path / "registry")}
        callee = waiting(lab, bob, "--auto", env={**callee_has, **registry} if callee_has else {})
        call = Call(calling(lab, alice, bob.jid, "--duration", "1",
                            env={**caller_has, **registry} if caller_has else {}), callee)
        assert call.caller.wait("media")["codec"] == call.callee.wait("media")["codec"] == "G722"
        assert ended(call.caller) == ended(call.callee) == ("success", 0)


def test_a_file_that_cannot_be_written_leaves_calls_possible(visit, tmp_path):
    ill = visit("--json", **plugins_without(tmp_path / "plugins", "wavenc"))
    assert ill.found["audio-out", "file:.wav"]["package"] == "gstreamer1.0-plugins-good"
    assert ill.state("audio-out", "file:.wav") == "missing" and ill.status == 0


def test_no_plug_ins_at_all(visit, tmp_path):
    ill = visit("--json", **plugins_without(tmp_path / "plugins"))
    for name in (("call", "opus"), ("call", "PCMU"), ("audio-in", "mic"), ("audio-out", "speaker")):
        assert ill.found[name]["state"] == "missing" and "gstreamer1.0" in ill.found[name]["package"]
    assert ill.state("audio-in", "microphones") == "degraded" and ill.status == 8


def test_no_tls(visit, tmp_path):
    ill = visit("--json", GIO_MODULE_DIR=str(tmp_path))
    assert ill.found["login", "TLS"]["package"] == "glib-networking"
    assert ill.state("login", "TLS") == "missing" and ill.status == 3 and ill.last["cause"] == "connect"


def test_a_config_that_others_may_read(visit, tmp_path):
    config = tmp_path / "open"
    config.write_text("[account alice@example.org]\npassword=hunter2\n")
    config.chmod(0o644)
    ill = visit("--json", "--config", str(config))
    assert "chmod 600" in ill.found["login", "config"]["text"] and ill.status == 7
    assert ill.state("call", "opus") == "ok", "the rest is looked at, too"
    assert "hunter2" not in ill.out + ill.err


def test_a_locale_of_letters_and_no_more(visit):
    assert visit("--json", LC_ALL="C").state("login", "locale") == "degraded"


def test_without_the_servers_of_the_demo_calls_work(visit, tmp_path):
    ill = visit("--json", PATH=str(tmp_path))
    assert ill.state("demo", "prosody") == "missing" and ill.found["demo", "turnserver"]["package"] == "coturn"
    assert ill.status == 0
