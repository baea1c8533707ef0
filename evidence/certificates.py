"""A local certificate authority for demo, tests and small sites: one root for seals, another for time stamps."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from evidence.signer import SoftwareSigner
from records import BadInput, Clock, SystemClock

YEARS = 10


@dataclass(frozen=True, slots=True)
class Authority:
    """The files of a local authority. An expert needs `ca` and `tsa_ca`; the keys leave the folder never."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def tsa_ca(self) -> Path:
        return self.folder / "tsa-ca.pem"

    def sealing_signer(self) -> SoftwareSigner:
        return SoftwareSigner.load(self.folder / "sealing.pem", self.folder / "sealing.key")

    def tsa_signer(self) -> SoftwareSigner:
        return SoftwareSigner.load(self.folder / "tsa.pem", self.folder / "tsa.key")


@dataclass(frozen=True, slots=True)
class _Issued:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def create_ca(folder: Path | str, clock: Clock, organisation: str = "nonsite") -> Authority:
    """Make ca.pem, tsa-ca.pem and one end certificate under each with its key; an existing set is left as it is.

    In force from a day before the earlier of the clock's now and the host's, for ten years, so that what is sealed on
    another day of the shared clock verifies today. Raises BadInput where the folder cannot be written or holds only
    a part of a set.
    """
    authority = Authority(Path(folder))
    names = [f"{stem}.{kind}" for stem in ("ca", "sealing", "tsa-ca", "tsa") for kind in ("pem", "key")]
    there = [name for name in names if (authority.folder / name).exists()]
    if len(there) == len(names):
        return authority
    if there:
        raise BadInput(
            "E_CA_FOLDER",
            f"{authority.folder}: holds {', '.join(there)} but not the whole set",
            "restore the missing files or give an empty folder",
        )
    start = min(clock.now(), SystemClock().now()) - timedelta(days=1)
    ca = _issue("Evidence Root CA", organisation, start, None, _CA)
    tsa_ca = _issue("Time Authority Root CA", organisation, start, None, _CA)
    issued = {
        "ca": ca,
        "sealing": _issue("Evidence Sealing", organisation, start, ca, _SEALING),
        "tsa-ca": tsa_ca,
        "tsa": _issue("Time Authority", organisation, start, tsa_ca, _TSA),
    }
    try:
        authority.folder.mkdir(parents=True, exist_ok=True)
        for stem, one in issued.items():
            key = one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            _write(authority.folder / f"{stem}.key", key, 0o600)
            _write(authority.folder / f"{stem}.pem", one.certificate.public_bytes(Encoding.PEM), 0o644)
    except OSError as error:
        raise BadInput("E_CA_FOLDER", f"{authority.folder}: {error}", "give a folder that can be written") from error
    return authority


@dataclass(frozen=True, slots=True)
class _Use:
    is_ca: bool
    extended: x509.ExtendedKeyUsage | None


_CA = _Use(is_ca=True, extended=None)
# No extended usage: with documentSigning alone, `openssl cms -verify` refuses the signer's purpose.
_SEALING = _Use(is_ca=False, extended=None)
# RFC 3161 section 2.3: timeStamping, alone and critical.
_TSA = _Use(is_ca=False, extended=x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]))


def _issue(name: str, organisation: str, start: datetime, parent: _Issued | None, use: _Use) -> _Issued:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    signing = parent.key if parent else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if parent is None else parent.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(use.is_ca, None), critical=True)
        .add_extension(_key_usage(use.is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if use.extended:
        builder = builder.add_extension(use.extended, critical=True)
    return _Issued(key, builder.sign(signing, hashes.SHA256()))


def _key_usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=not is_ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
