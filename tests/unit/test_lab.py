"""The laboratory works before anything is tried in it: network, TURN, server, certificate, accounts."""
# SPDX-License-Identifier: MIT
import subprocess

import pytest

from lab.network import HostNetwork, Namespace
from lab.stage import Stage


def test_the_network_is_ours_alone(lab):
    if not lab.network.private:
        pytest.skip("no network namespace for this user")
    assert lab.network.run("ip", "-brief", "link").count("\n") == 3
    assert "10.77.0.1" in lab.network.run("ip", "-brief", "address")


def test_a_namespace_ends_with_its_stage():
    with Stage() as stage:
        try:
            holder = Namespace(stage).holder
        except OSError:
            pytest.skip("no network namespace for this user")
    assert holder.poll() is not None


def test_a_firewall_takes_udp_away_and_gives_it_back(lab):
    if not lab.network.private:
        pytest.skip("no network namespace for this user")
    lab.network.drop_udp()
    assert "udp drop" in lab.network.run("nft", "list", "ruleset")
    lab.network.pass_udp()
    assert "drop" not in lab.network.run("nft", "list", "ruleset")


def s_client(lab, *options):
    return subprocess.run(
        lab.network.wrap(["openssl", "s_client", "-connect", lab.server.address, "-brief",
                          "-starttls", "xmpp", "-xmpphost", lab.server.domain,
                          "-verify_return_error", *options]),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)


def test_the_server_shows_a_certificate_of_the_run(lab):
    domain = ["-verify_hostname", lab.server.domain]
    good = s_client(lab, *domain, "-CAfile", lab.server.ca)
    assert good.returncode == 0 and "Verification: OK" in good.stderr
    assert s_client(lab, *domain).returncode != 0, "without the CA it must not verify"
    assert s_client(lab, "-verify_hostname", "elsewhere.test",
                    "-CAfile", lab.server.ca).returncode != 0


def test_people_are_new_each_time_and_friends_know_one_another(lab):
    alice, bob = lab.server.friends("alice", "bob")
    again, carol = lab.server.strangers("alice", "carol")
    assert len({alice.jid, bob.jid, again.jid, carol.jid}) == 4
    rosters = lab.server.folder / "data" / "peal%2etest" / "roster"
    name = alice.jid.split("@")[0].replace("-", "%2d")
    assert f'["{bob.jid}"]' in (rosters / f"{name}.dat").read_text()
    assert alice.jid not in (rosters / f"{name}.dat").read_text()


def test_the_turn_server_takes_its_credentials(lab):
    user, password = lab.turn.credentials()
    def allocate(password):
        return subprocess.run(
            lab.network.wrap(["turnutils_uclient", "-y", "-m", "1", "-n", "1", "-e",
                              lab.turn.address, "-u", user, "-w", password,
                              "-p", str(lab.turn.port), lab.turn.address]),
            capture_output=True, text=True, timeout=30)
    good = allocate(password)
    assert good.returncode == 0, good.stdout
    assert allocate("wrong").returncode != 0


def test_without_namespaces_everything_is_on_loopback():
    assert HostNetwork().wrap(["ls"]) == ["ls"]
    assert HostNetwork.address == "127.0.0.1"
