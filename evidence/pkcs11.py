"""The sealing key in a hardware module, behind PKCS #11: the key signs there and never comes out.

Made for whatever the site has bought; tried against SoftHSM, which is the same interface over software.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import Hash
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.cms import SignerDown
from records import BadInput


class Pkcs11Signer:
    """A P-256 or RSA key of a token, with its certificate from a PEM file (leaf first).

    One session, used by one thread at a time; it is opened anew once where the module has lost it. Raises BadInput
    E_SIGNER where module, token, key or certificate do not fit; `sign` raises SignerDown where the module does not
    answer.
    """

    def __init__(self, module: Path | str, token: str, key: str, pin: str, certificate_file: Path | str) -> None:
        try:
            leaf, *chain = x509.load_pem_x509_certificates(Path(certificate_file).read_bytes())
        except (OSError, ValueError) as error:
            raise BadInput("E_SIGNER", f"{certificate_file}: {error}", "give the sealing certificate as PEM") from error
        self._module, self._token, self._key_label, self._pin = str(module), token, key, pin
        self._leaf = leaf
        self._chain = tuple(one.public_bytes(Encoding.DER) for one in chain if one.subject != one.issuer)
        self._lock = threading.Lock()
        self._key: Any = None
        self._session: Any = None
        try:
            self._open()
            self._fits()
        except SignerDown as error:
            self.close()
            raise BadInput("E_SIGNER", str(error), "check module, token label, key label and PIN") from error
        except BadInput:
            self.close()
            raise

    @property
    def certificate(self) -> bytes:
        return self._leaf.public_bytes(Encoding.DER)

    @property
    def chain(self) -> Sequence[bytes]:
        return self._chain

    @property
    def algorithm(self) -> str:
        return "sha256_ecdsa" if self._is_ec else "sha256_rsa"

    def sign(self, data: bytes) -> bytes:
        with self._lock:
            try:
                return self._sign(data)
            except SignerDown:
                self._open()
                return self._sign(data)

    def close(self) -> None:
        """End the session; with the last of a process its login ends."""
        if self._session is not None:
            self._session.close()
            self._session = None

    @property
    def _is_ec(self) -> bool:
        return isinstance(self._leaf.public_key(), ec.EllipticCurvePublicKey)

    def _sign(self, data: bytes) -> bytes:
        import pkcs11
        from pkcs11.util.ec import encode_ecdsa_signature

        digest = Hash(hashes.SHA256())
        digest.update(data)
        try:
            if self._is_ec:
                return bytes(
                    encode_ecdsa_signature(self._key.sign(digest.finalize(), mechanism=pkcs11.Mechanism.ECDSA))
                )
            return bytes(self._key.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            raise SignerDown("E_SIGNER_DOWN", f"{self._token}: {type(error).__name__} {error}") from error

    def _open(self) -> None:
        try:
            import pkcs11
        except ImportError as error:
            raise BadInput("E_SIGNER", "python-pkcs11 is not installed", "pip install 'nonsite[hsm]'") from error
        try:
            token = pkcs11.lib(self._module).get_token(token_label=self._token)
            try:
                self._session = token.open(user_pin=self._pin)
            except pkcs11.UserAlreadyLoggedIn:  # a login is the process's, not the session's
                self._session = token.open()
            self._key = self._session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self._key_label)
        except (pkcs11.PKCS11Error, RuntimeError) as error:
            said = f"{self._module}, token {self._token!r}, key {self._key_label!r}: {type(error).__name__} {error}"
            raise SignerDown("E_SIGNER_DOWN", said.strip()) from error

    def _fits(self) -> None:
        """The key in the token is that of the certificate: a signature by the one holds under the other."""
        from cryptography.exceptions import InvalidSignature

        probe, key = b"nonsite: is this the key of its certificate?", self._leaf.public_key()
        signature = self._sign(probe)
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                key.verify(signature, probe, ec.ECDSA(hashes.SHA256()))
            elif isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, probe, padding.PKCS1v15(), hashes.SHA256())
            else:
                raise BadInput("E_SIGNER", "the certificate is for neither an EC nor an RSA key", "use a P-256 key")
        except InvalidSignature as error:
            raise BadInput(
                "E_SIGNER", f"{self._key_label}: not the key of the certificate", "give a key with its own certificate"
            ) from error
