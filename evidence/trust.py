"""Whom a signature is believed from: certificates that the verifier was handed, never ones found in a package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from records import BadInput, iso


class CheckFailed(Exception):
    """What one named check found wrong, as a sentence with the expected and the found value."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Root certificates pinned from outside, and the file they came from."""

    roots: tuple[x509.Certificate, ...]
    name: str

    def check(self, leaf: x509.Certificate, others: Iterable[x509.Certificate], at: datetime) -> None:
        """Path validation (RFC 5280) of `leaf` up to a pinned root as of `at`; raises CheckFailed."""
        policy = (
            PolicyBuilder()
            .store(Store(list(self.roots)))
            .time(at.replace(microsecond=0))
            .extension_policies(ca_policy=_CA, ee_policy=ExtensionPolicy.permit_all())
            .build_client_verifier()
        )
        try:
            policy.verify(leaf, [one for one in others if one != leaf])
        except VerificationError as error:
            expected = " or ".join(root.subject.rfc4514_string() for root in self.roots)
            raise CheckFailed(
                f"certificate {leaf.subject.rfc4514_string()!r} does not lead to the pinned root as of {iso(at)}: "
                f"expected {expected!r} from {self.name}, found issuer {leaf.issuer.rfc4514_string()!r} ({error})"
            ) from error


def _is_ca(_policy: Policy, _certificate: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("a certificate on the way is no authority")


_CA = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_ca)


def load_trust(path: Path | str) -> Trust:
    """The PEM certificates in `path` as roots.

    Raises BadInput where the file is missing or holds no certificate.
    """
    try:
        roots = tuple(x509.load_pem_x509_certificates(Path(path).read_bytes()))
    except (OSError, ValueError) as error:
        raise BadInput(
            "E_CA_FILE",
            f"{path}: no certificates can be read: {error}",
            "give the PEM file that the authority publishes, not one from the package",
        ) from error
    return Trust(roots, str(path))
