"""Certificates for tests, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"


class Certificate(NamedTuple):
    """Its files."""

    certificate: str
    private_key: str


class Authority:
    """Signs certificates.

    Args:
        directory: where its files are made.
        name: what it is called.
    """

    def __init__(self, directory: Path, name: str = "authority") -> None:
        self._directory = directory
        self.files = self._named(name)
        _openssl(f"req -x509 {_NEW_KEY} -days 2 -subj /CN={name}", self.files)

    def issue(self, name: str, alternatives: str, days: int = 2) -> Certificate:
        """A certificate for `DNS:name` or `IP:address`, separated by commas; one of -1 days has expired."""
        files, request = self._named(name), str(self._directory / f"{name}.csr")
        subject = f"-subj /CN={name} -addext subjectAltName={alternatives}"
        _openssl(f"req {_NEW_KEY} {subject}", Certificate(request, files.private_key))
        signer = f"-CA {self.files.certificate} -CAkey {self.files.private_key} -CAcreateserial"
        _openssl(f"x509 -req -in {request} {signer} -copy_extensions copy -days {days} -out {files.certificate}")
        return files

    def _named(self, name: str) -> Certificate:
        return Certificate(str(self._directory / f"{name}.pem"), str(self._directory / f"{name}.key"))


def _openssl(command: str, files: Certificate | None = None) -> None:
    out = ["-out", files.certificate, "-keyout", files.private_key] if files else []
    subprocess.run(["openssl", *command.split(), *out], check=True, capture_output=True)
