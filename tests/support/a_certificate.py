"""Certificates and keys as people make them with OpenSSL."""

import subprocess
from pathlib import Path


def made_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1, which is its own authority, and its key."""
    cert, key = folder / "page.crt", folder / "page.key"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=box"]
    files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*made, *files], check=True, capture_output=True)
    return cert, key


def made_key(file: Path, *options: str) -> Path:
    """A key alone; `options` of `openssl genrsa`."""
    subprocess.run(["openssl", "genrsa", *options, "-out", str(file), "2048"], check=True, capture_output=True)
    return file
