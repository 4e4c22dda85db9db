"""Certificates of every kind for the scripted servers of hostile.py, by openssl."""
# SPDX-License-Identifier: MIT
import os
import subprocess

from lab.hostile import DOMAIN, OTHER_DOMAIN

# Each: the names it is for, and its days as `openssl ca` has them.
OURS = [DOMAIN, OTHER_DOMAIN]
EC = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
NOW = ["-days", "2"]
CERTIFICATES = {
    "right": (OURS, NOW),
    "other": (["elsewhere.test"], NOW),
    "unknown": (OURS, NOW),
    "expired": (OURS, ["-startdate", "20010101000000Z", "-enddate", "20020101000000Z"]),
    "early": (OURS, ["-startdate", "20900101000000Z", "-enddate", "20910101000000Z"]),
    "client": (OURS, NOW),
    "weak": (OURS, [*NOW, "-md", "sha1"]),
}
AUTHORITY = """
[ca]
default_ca = all
[all]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


def make_certificates(folder):
    """Two authorities, of which `ca.crt` is the one to trust, and all of CERTIFICATES."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    (folder / "index").touch()
    (folder / "ca.cnf").write_text(AUTHORITY)
    for name in ("ca", "stranger"):
        openssl("req", "-x509", "-newkey", *EC, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt",
                "-days", "2", "-subj", f"/CN={name} of one test run", "-addext", "keyUsage=critical,keyCertSign")
    for name, (hosts, days) in CERTIFICATES.items():
        issuer = "stranger" if name == "unknown" else "ca"
        names = ",".join(f"DNS:{host}" for host in hosts)
        openssl("req", "-newkey", *EC, "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={hosts[0]}", "-addext", f"subjectAltName={names}")
        openssl("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", f"{issuer}.crt", "-keyfile",
                f"{issuer}.key", "-in", f"{name}.csr", "-out", f"{name}.crt", *days)
    with open(folder / "client.pem", "w", encoding="ascii", opener=for_us_alone) as both:
        both.write((folder / "client.crt").read_text() + (folder / "client.key").read_text())


def for_us_alone(path, flags):
    return os.open(path, flags, 0o600)
