"""TLS for the stand-in: a certificate of this host's, made when it is needed.

A client trusts it only where it is told to, by `SSL_CERT_FILE`; nothing ever stops verifying.
"""

import shutil
import ssl
import subprocess
from pathlib import Path

_MAKE = (
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    " -subj /CN=tapetop-stand-in -addext subjectAltName=IP:127.0.0.1,DNS:"
)


def can_make() -> bool:
    """Whether the program that makes certificates is here."""
    return shutil.which("openssl") is not None


def make_certificate(folder: Path, name: str = "localhost") -> Path:
    """Make `certificate.pem` with its key beside it; return its path, for `SSL_CERT_FILE`.

    It is of this host's address, and of a name.
    """
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *f"{_MAKE}{name}".split(), *files], check=True, capture_output=True)
    return certificate


def server_context(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS with a certificate made here."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context
