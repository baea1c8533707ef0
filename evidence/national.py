"""A second signature in national cryptography, beside the CMS one: SM3 sums over the payload, raw SM2 over the lists.

GB/T 32905 (SM3), GB/T 32918 (SM2) with the default distinguishing id. Raw, not CMS: OpenSSL 3.0 makes no CMS with SM2.
In production the key belongs in a certified module or signature server; this one is in software, behind a protocol.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from evidence.bag import SEAL, TAGMANIFEST, manifest
from evidence.checks import Package
from evidence.trust import CheckFailed
from records import BadInput

SM2_SIGNATURE, SM2_KEY = "tagmanifest-sha256.txt.sm2.sig", "sm2.pem"
SM3_LIST, SM3_SIGNATURE = "manifest-sm3.txt", "manifest-sm3.txt.sm2.sig"
DISTINGUISHING_ID = "1234567812345678"
_BLOCK = 1 << 20


class NationalSigner(Protocol):
    """An SM2 key, in software or in a module."""

    @property
    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo, PEM."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The SM2 signature with SM3 over `data`, DER."""
        ...


class SoftwareSm2:
    """An SM2 key read from a PEM file, by tongsuopy (extra [national])."""

    def __init__(self, key: Any) -> None:
        self._key = key

    @classmethod
    def load(cls, path: Path | str) -> SoftwareSm2:
        """The key in a PEM file; raises BadInput E_SM2."""
        serialization = _tongsuo("crypto.serialization")
        try:
            return cls(serialization.load_pem_private_key(Path(path).read_bytes(), password=None))
        except (OSError, ValueError, TypeError) as error:
            raise BadInput("E_SM2", f"{path}: {error}", "give an SM2 key as PEM") from error

    @classmethod
    def create(cls, path: Path | str) -> SoftwareSm2:
        """Make a key in a new file that only its owner may read; raises BadInput where the file is there."""
        ec, serialization = _tongsuo("crypto.asymciphers.ec"), _tongsuo("crypto.serialization")
        key = ec.generate_private_key(ec.SM2())
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        try:
            with open(path, "xb", opener=_private) as file:
                file.write(pem)
        except OSError as error:
            raise BadInput("E_SM2", f"{path}: {error.strerror}", "name a file that is not there yet") from error
        return cls(key)

    @property
    def public_key(self) -> bytes:
        serialization = _tongsuo("crypto.serialization")
        return bytes(
            self._key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def sign(self, data: bytes) -> bytes:
        ec, hashes = _tongsuo("crypto.asymciphers.ec"), _tongsuo("crypto.hashes")
        return bytes(self._key.sign(data, ec.ECDSA(hashes.SM3())))


def seal_files(folder: Path, payload: Iterable[str], tagmanifest: bytes, signer: NationalSigner) -> dict[str, bytes]:
    """What goes into `seal/`: the SM3 list over the payload, signatures over it and over the tag manifest, the key."""
    listed = manifest({name: sm3_file(folder / name) for name in payload})
    return {
        SM3_LIST: listed,
        SM3_SIGNATURE: signer.sign(listed),
        SM2_SIGNATURE: signer.sign(tagmanifest),
        SM2_KEY: signer.public_key,
    }


def check(package: Package, key: Path | None) -> str:
    """The SM3 list names the payload as it is, and both SM2 signatures hold under the key of the package, which is
    `key` where that is given from outside. Needs `openssl`. Raises CheckFailed."""
    listed = package.read(f"{SEAL}/{SM3_LIST}").decode(errors="replace").splitlines()
    for line in listed:
        digest, _, name = line.partition("  ")
        if name not in package.manifest:
            raise CheckFailed(f"{SM3_LIST}: names {name!r}, which the package does not")
        found = sm3_file(package.path / name)
        if found != digest:
            raise CheckFailed(f"{name}: expected SM3 {digest}, found {found}")
    if len(listed) != len(package.manifest):
        raise CheckFailed(f"{SM3_LIST}: expected {len(package.manifest)} files, found {len(listed)}")
    public = package.read(f"{SEAL}/{SM2_KEY}")
    if key is not None and _same(key) != _plain(public):
        raise CheckFailed(f"{SM2_KEY}: not the key in {key}")
    for data, signature in ((TAGMANIFEST, SM2_SIGNATURE), (f"{SEAL}/{SM3_LIST}", SM3_SIGNATURE)):
        _check_signature(package.read(data), package.read(f"{SEAL}/{signature}"), public, data)
    return f"{len(listed)} files, SM2 " + ("under the key given" if key else "under the package's own key, not pinned")


def sm3_file(path: Path) -> str:
    """SM3 of a file, hexadecimal; raises CheckFailed where this Python's OpenSSL has none."""
    try:
        digest = hashlib.new("sm3")
    except ValueError as error:
        raise CheckFailed("SM3 is not known to this OpenSSL") from error
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _check_signature(data: bytes, signature: bytes, public: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory(prefix="nonsite-sm2-") as folder:
        paths = [Path(folder) / one for one in ("data", "signature", "key")]
        for path, content in zip(paths, (data, signature, public), strict=True):
            path.write_bytes(content)
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-digest", "sm3"]
        command += ["-pkeyopt", f"distid:{DISTINGUISHING_ID}", "-pubin", "-inkey", str(paths[2])]
        try:
            done = subprocess.run(
                [*command, "-in", str(paths[0]), "-sigfile", str(paths[1])], capture_output=True, text=True, check=False
            )
        except FileNotFoundError as error:
            raise CheckFailed("openssl is not here to check SM2") from error
    if done.returncode:
        raise CheckFailed(f"{name}: the SM2 signature does not hold under the package's key")


def _same(key: Path) -> str:
    try:
        return _plain(key.read_bytes())
    except OSError as error:
        raise BadInput("E_SM2", f"{key}: {error.strerror}", "give the SM2 public key as PEM, from outside") from error


def _plain(pem: bytes) -> str:
    return "".join(pem.decode(errors="replace").split())


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _tongsuo(module: str) -> Any:
    try:
        return importlib.import_module(f"tongsuopy.{module}")
    except ImportError as error:
        raise BadInput("E_SM2", "tongsuopy is not installed", "pip install 'nonsite[national]'") from error
