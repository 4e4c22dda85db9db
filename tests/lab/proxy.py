"""Real proxies: microsocks for SOCKS5, tinyproxy for HTTP CONNECT; with a password where one is given."""
# SPDX-License-Identifier: MIT
import subprocess

from lab.stage import free_port, hears, wait_for

TINYPROXY = """
Port {port}
Listen 127.0.0.1
Timeout 600
MaxClients 40
LogLevel Connect
{more}
"""


class Proxy:
    """One that runs until the stage is left. `url` is for --proxy."""

    def __init__(self, lab, kind, user=None, password=None, ports=()):
        self.port = free_port()
        self.log = lab.folder / f"proxy-{self.port}.log"
        self.url = f"{kind}://{user + '@' if user else ''}127.0.0.1:{self.port}"
        command = self.microsocks if kind == "socks5" else self.tinyproxy
        with open(self.log, "wb") as out:
            self.child = lab.stage.spawn(lab.network.wrap(command(lab, user, password, ports)),
                                         stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        wait_for(lambda: hears(self.child, self.port), self.child, kind)

    def microsocks(self, _lab, user, password, _ports):
        known = ["-u", user, "-P", password] if user else []
        return ["microsocks", "-i", "127.0.0.1", "-p", self.port, *known]

    def tinyproxy(self, lab, user, password, ports):
        more = [f"ConnectPort {port}" for port in ports]
        if user:
            more.append(f"BasicAuth {user} {password}")
        config = lab.folder / f"tinyproxy-{self.port}.conf"
        config.write_text(TINYPROXY.format(port=self.port, more="\n".join(more)))
        return ["tinyproxy", "-d", "-c", config]

    def passed(self, address):
        """Whether somebody was led to `address`, in its own words."""
        return address in self.log.read_text(errors="replace")
