"""How a client shows a Kafka broker who it is, and knows the broker: TLS (RFC 8446) and SASL (RFC 4422)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from records import BadInput

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """Who speaks to the brokers, and over what; nothing given means plain connections and no name.

    tls: connections are encrypted, and a broker whose certificate is not by `ca` (else: by the system's authorities) or
    not for the name it was called by is refused. certificate, key: PEM files by which this client shows who it is.
    user, password_file: the same by SASL `mechanism`; RFC 5802 unless PLAIN, which sends the password itself and is
    therefore refused without TLS.
    """

    tls: bool = False
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    user: str | None = None
    password_file: Path | None = field(default=None, repr=False)
    mechanism: Mechanism = "SCRAM-SHA-512"

    def client(self) -> dict[str, Any]:
        """The settings of kafka-python.

        Raises:
            BadInput: E_BUS_ACCESS where a file cannot be read or what is given does not go together.
        """
        if (self.user is None) != (self.password_file is None):
            raise _refused("user and password_file go together", "give both, or neither")
        if not self.tls and (self.ca or self.certificate or self.key):
            raise _refused("certificates without TLS", "set tls: true")
        if (self.certificate is None) != (self.key is None):
            raise _refused("certificate and key go together", "give both, or neither")
        if self.user and not self.tls and self.mechanism == "PLAIN":
            raise _refused("PLAIN would send the password in the clear", "set tls: true, or use SCRAM-SHA-512")
        settings: dict[str, Any] = {
            "security_protocol": f"{'SASL_' if self.user else ''}{'SSL' if self.tls else 'PLAINTEXT'}"
        }
        for name, file in (("cafile", self.ca), ("certfile", self.certificate), ("keyfile", self.key)):
            if file is not None:
                _text(file)
                settings[f"ssl_{name}"] = str(file)
        if self.user and self.password_file:
            settings |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": _text(self.password_file).strip(),
            }
        return settings


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(
            f"{file}: {getattr(error, 'strerror', None) or 'not a text file'}", "name a file that can be read"
        ) from error


def _refused(message: str, hint: str) -> BadInput:
    return BadInput("E_BUS_ACCESS", f"kafka: {message}", hint)
