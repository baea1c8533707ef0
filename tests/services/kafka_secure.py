"""The same broker behind TLS, where whoever comes must name himself by SASL; certificates are made for the run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services.kafka import KafkaBroker

USER, PASSWORD = "nonsite", "street-by-street"


class SecureBroker(KafkaBroker):
    """A broker whose only door for clients is SASL_SSL; `ca` is who vouches for it."""

    def __init__(self, folder: Path) -> None:
        self.ca = folder / "ca.pem"
        self._pem = folder / "broker.pem"
        _certificates(self.ca, self._pem)
        super().__init__(folder, "--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]")

    def _properties(self) -> dict[str, str]:
        modules = "org.apache.kafka.common.security"
        return super()._properties() | {
            "listener.security.protocol.map": "PLAINTEXT:SASL_SSL,GATED:SASL_SSL,CONTROLLER:PLAINTEXT",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self._pem),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.ca),
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.plaintext.scram-sha-512.sasl.jaas.config": f"{modules}.scram.ScramLoginModule required "
            f'username="{USER}" password="{PASSWORD}";',
            "listener.name.gated.scram-sha-512.sasl.jaas.config": f"{modules}.scram.ScramLoginModule required;",
        }


def _certificates(ca_file: Path, broker_file: Path) -> None:
    """An authority of its own, and by it the broker's certificate for 127.0.0.1, with its key."""
    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name, broker = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in ("test authority", "broker"))
    now = datetime.now(UTC)

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    of_authority = certificate(name, authority.public_key()).add_extension(x509.BasicConstraints(True, None), True)
    of_broker = certificate(broker, key.public_key()).add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), False
    )
    pem = serialization.Encoding.PEM
    ca_file.write_bytes(of_authority.sign(authority, hashes.SHA256()).public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    broker_file.write_bytes(private + of_broker.sign(authority, hashes.SHA256()).public_bytes(pem))
