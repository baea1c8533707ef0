"""The sealing key in software, for tests and small sites; a larger site keeps it in an HSM behind the same protocol."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from evidence.cms import Signer
from records import BadInput, Refused, iso

_DER = serialization.Encoding.DER


class SoftwareSigner:
    """A P-256 (or RSA) key read from a PEM file that only the sealing user may read."""

    def __init__(
        self,
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
        certificate: x509.Certificate,
        chain: Sequence[x509.Certificate] = (),
    ) -> None:
        self._key = key
        self._certificate = certificate.public_bytes(_DER)
        self._chain = tuple(one.public_bytes(_DER) for one in chain)

    @classmethod
    def load(cls, certificate_file: Path | str, key_file: Path | str) -> SoftwareSigner:
        """A signer from a PEM chain (leaf first; a root at its end is left out) and a PEM key."""
        try:
            leaf, *chain = x509.load_pem_x509_certificates(Path(certificate_file).read_bytes())
            key = serialization.load_pem_private_key(Path(key_file).read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise BadInput(
                "E_SIGNER", f"{certificate_file}, {key_file}: {error}", "create or renew the sealing certificate"
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
            raise BadInput("E_SIGNER", f"{key_file}: neither an EC nor an RSA key", "use a P-256 key")
        if key.public_key() != leaf.public_key():
            raise BadInput(
                "E_SIGNER", f"{key_file}: not the key of {certificate_file}", "give a key with its own certificate"
            )
        return cls(key, leaf, [one for one in chain if one.subject != one.issuer])

    @property
    def certificate(self) -> bytes:
        return self._certificate

    @property
    def chain(self) -> Sequence[bytes]:
        return self._chain

    @property
    def algorithm(self) -> str:
        return "sha256_ecdsa" if isinstance(self._key, ec.EllipticCurvePrivateKey) else "sha256_rsa"

    def sign(self, data: bytes) -> bytes:
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, ec.ECDSA(hashes.SHA256()))
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def check_validity(signer: Signer, at: datetime) -> None:
    """Refuse to seal with a certificate that is not in force at `at`."""
    certificate = x509.load_der_x509_certificate(signer.certificate)
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not first <= at <= last:
        raise Refused(
            "E_SEAL_CERTIFICATE",
            f"the sealing certificate is in force from {iso(first)} to {iso(last)}, now is {iso(at)}",
            "renew the sealing certificate, or mend the clock",
        )
