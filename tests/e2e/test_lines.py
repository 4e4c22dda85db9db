"""A script steers a call by lines of standard input, as a person does by keys."""
# SPDX-License-Identifier: MIT
import pytest

from calls import Call, calling, ended, waiting


@pytest.fixture
def pair(lab, peal_built):
    return lab.server.friends("alice", "bob")


def test_lines_do_what_keys_do(lab, pair):
    alice, bob = pair
    callee = waiting(lab, bob, "--auto")
    call = Call(calling(lab, alice, bob.jid, lines=True), callee).connected()
    for line, kind, word in (("mute", "mute", "mute"), ("unmute", "mute", "unmute"), ("hold", "hold", "hold"),
                             ("unhold", "hold", "unhold")):
        call.caller.say(line)
        call.caller.wait(kind, by="local", reason=word)
        callee.wait(kind, by="remote", reason=word)
    call.caller.say("  mute   toggle ")
    call.caller.wait_until(lambda: len(call.caller.all("mute", reason="mute")) == 2, 30, "mute")
    call.caller.say("mute toggle")
    call.caller.say("dtmf 4#")
    callee.wait("dtmf", digit="#")
    call.caller.say("hangup")
    assert ended(call.caller) == ended(callee) == ("success", 0)
    assert "".join(event["digit"] for event in callee.all("dtmf")) == "4#"
    assert not call.caller.all("error")


def test_what_makes_no_sense_is_told_and_harms_nothing(lab, pair):
    alice, bob = pair
    callee = waiting(lab, bob, "--auto")
    call = Call(calling(lab, alice, bob.jid, lines=True), callee).connected()
    for line, told in (("mtue", "did you mean mute"), ("frobnicate", "help lists"), ("dtmf 12x", '"x" is no key'),
                       ("dtmf", "no key is named"), ("accept", "a call runs already"), ("accept no", '"no" is no number'),
                       ("decline 7", "no call rings"), ("mute twice", "only toggle may follow"), ("video maybe", "on, off or toggle may follow"),
                       ("x" * 5000, "there is no"), ("\x1b[2J", "there is no"), ("hangup now", "nothing may follow")):
        before = len(call.caller.all("error"))
        call.caller.say(line)
        error = call.caller.wait_until(lambda: call.caller.all("error")[before:], 30, f"error about {line[:20]}")[0]
        assert told in error["text"] and error["cause"] == "usage"
    assert not callee.all("mute") and not callee.all("ended")
    call.caller.child.stdin.write("hangup")  # a last line without an end counts when the end comes
    call.caller.child.stdin.close()
    assert ended(call.caller) == ended(callee) == ("success", 0)


def test_the_end_of_input_ends_nothing(lab, pair):
    alice, bob = pair
    callee = waiting(lab, bob, "--auto")
    caller = calling(lab, alice, bob.jid, lines=True)
    caller.child.stdin.close()
    call = Call(caller, callee).connected()
    callee.wait_until(lambda: len(callee.all("stats")) >= 2, 30, "stats")
    assert not caller.all("ended")
    callee.signal()
    assert ended(call.caller) == ("success", 0)


def test_a_script_answers_where_it_said_that_it_would(lab, pair):
    alice, bob = pair
    callee = waiting(lab, bob, "--ask", once=False, lines=True)
    call = Call(calling(lab, alice, bob.jid), callee).rings()
    callee.say("decline")
    assert ended(call.caller) == ("declined", 5)
    call = Call(calling(lab, alice, bob.jid), callee)
    callee.wait_until(lambda: len(callee.all("incoming")) == 2, 30, "second call")
    callee.say("accept 2")
    callee.wait("error")  # there is one, and it goes on ringing
    callee.say("accept")
    call.connected()
    callee.say("hangup")
    assert ended(call.caller) == ("success", 0)
    callee.child.stdin.close()  # now nobody could be asked
    caller = calling(lab, alice, bob.jid)
    assert ended(caller) == ("declined", 5)


def test_without_that_word_nobody_is_asked(lab, pair):
    alice, bob = pair
    callee = waiting(lab, bob, lines=True)
    caller = calling(lab, alice, bob.jid)
    assert ended(caller) == ended(callee) == ("declined", 5)


def test_asking_and_sound_do_not_share_standard_input(lab, pair):
    program = lab.peal(pair[0], "answer", "--ask", "--audio-in", "stdin", "--audio-out", "none")
    assert ended(program) == ("usage", 2)
