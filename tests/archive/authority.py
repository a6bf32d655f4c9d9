"""A time-stamp authority of the test's own: ``openssl ts`` behind a small HTTP server on loopback."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

_CONFIG = """
[tsa]
default_tsa = tsa_config
[tsa_config]
dir = {folder}
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/chain.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512, sha3-384, sha3-512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
_EXTENSION = "extendedKeyUsage = critical,timeStamping\nbasicConstraints = CA:FALSE\n"


@dataclass(frozen=True)
class LocalAuthority:
    url: str
    root: Path
    """Certificate to trust."""


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def _certificates(folder: Path, name: str, days: int) -> None:
    root, key = str(folder / "root.pem"), str(folder / "root.key")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    _openssl("req", "-x509", *curve, "-days", "3650", "-subj", f"/CN={name} Root", "-keyout", key, "-out", root)
    request = str(folder / "tsa.csr")
    _openssl("req", *curve, "-subj", f"/CN={name}", "-keyout", str(folder / "tsa.key"), "-out", request)
    (folder / "ext").write_text(_EXTENSION)
    _openssl(
        "x509", "-req", "-in", request, "-CA", root, "-CAkey", key, "-CAcreateserial", "-days", str(days),
        "-extfile", str(folder / "ext"), "-out", str(folder / "tsa.pem"),
    )  # fmt: skip
    (folder / "chain.pem").write_bytes((folder / "root.pem").read_bytes())
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(_CONFIG.format(folder=folder))


@contextmanager
def authority(folder: Path, name: str = "Zeitstempel", days: int = 3650) -> Iterator[LocalAuthority]:
    """Run an authority whose signer certificate is good for so many days; it sends its whole chain."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, so there is no time-stamp authority to test with")
    folder.mkdir()
    _certificates(folder, name, days)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with lock:
                query, reply = folder / "query", folder / "reply"
                query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
                _openssl(
                    "ts", "-reply", "-config", str(folder / "ts.cnf"), "-queryfile", str(query), "-out", str(reply)
                )
                data = reply.read_bytes()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield LocalAuthority(f"http://127.0.0.1:{server.server_port}/", folder / "root.pem")
        finally:
            server.shutdown()
            thread.join()
