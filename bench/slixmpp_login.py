#!/usr/bin/python3
"""The reference for a whole login: slixmpp, a client library that Debian packages. One login, then it leaves.

`slixmpp_login.py direct|starttls PORT CA JID`, the password in PEAL_PASSWORD; prints as bench-login does.
"""
# SPDX-License-Identifier: MIT
import json
import os
import resource
import sys
import time

import slixmpp


def processor_time():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1e6


def main(tls, port, ca, jid):
    client = slixmpp.ClientXMPP(jid + "/bench", os.environ["PEAL_PASSWORD"])
    client.ca_certs = ca
    client.register_plugin("xep_0198")
    began, cpu = time.monotonic(), processor_time()

    def online(_event):
        print(json.dumps({"began": began * 1e6, "ended": time.monotonic() * 1e6,
                          "cpu_us": processor_time() - cpu, "resumed": False}), flush=True)
        client.disconnect()

    client.add_event_handler("session_start", online)
    client.connect(address=("127.0.0.1", int(port)), use_ssl=tls == "direct", force_starttls=tls == "starttls")
    client.process(forever=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
