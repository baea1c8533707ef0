"""The sealing key in a module behind PKCS #11 (SoftHSM), and what happens while a module is away."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select

from evidence import Pkcs11Signer, Sealer, SealProfile, SignerDown
from records import BadInput, LogRow

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
MODULE = next((path for path in MODULES if Path(path).exists()), None)
needs_softhsm = pytest.mark.skipif(
    MODULE is None or shutil.which("softhsm2-util") is None, reason="softhsm2 is not installed (apt install softhsm2)"
)


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory):
    """A token of its own for this run. SoftHSM reads its configuration once a process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    util("--init-token", "--free", "--label", "nonsite", "--so-pin", "87654321", "--pin", "1234")
    return folder


def util(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)


@pytest.fixture
def key(softhsm, site):
    """The site's own sealing key, imported into the token under a label of its own; the file is then gone."""
    label = f"seal-{x509.load_pem_x509_certificate((site.authority.folder / 'sealing.pem').read_bytes()).serial_number}"
    private = serialization.load_pem_private_key((site.authority.folder / "sealing.key").read_bytes(), None)
    pem = softhsm / "import.pem"
    pem.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    util("--import", str(pem), "--token", "nonsite", "--label", label, "--id", secrets.token_hex(8), "--pin", "1234")
    pem.unlink()
    return label


@needs_softhsm
def test_a_seal_by_the_module_verifies_like_any_other(site, key, request_of, tmp_path):
    signer = Pkcs11Signer(MODULE, "nonsite", key, "1234", site.authority.folder / "sealing.pem")
    (site.authority.folder / "sealing.key").rename(tmp_path / "gone.key")
    sealer = Sealer(site.store, site.database, "worker-1", signer, site.clock, SealProfile("Demo"))
    sealed = sealer.seal(request_of())
    assert site.stamper(site.tsa()).drain().stamped == [sealed.package_id]
    assert site.verify(sealed.path, log=site.database).ok
    done = subprocess.run(
        ["sh", sealed.path / "data/verify/verify.sh", site.authority.ca, site.authority.tsa_ca, sealed.seal_sha256],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    signer.close()


@needs_softhsm
@pytest.mark.parametrize(
    ("token", "pin", "label"), [("another", "1234", None), ("nonsite", "9999", None), ("nonsite", "1234", "none")]
)
def test_a_wrong_token_pin_or_key_is_refused_at_start(site, key, token, pin, label):
    with pytest.raises(BadInput, match="E_SIGNER"):
        Pkcs11Signer(MODULE, token, label or key, pin, site.authority.folder / "sealing.pem")


@needs_softhsm
def test_a_key_that_is_not_the_certificates_is_refused(site, key):
    with pytest.raises(BadInput, match="not the key of the certificate"):
        Pkcs11Signer(MODULE, "nonsite", key, "1234", site.authority.folder / "tsa.pem")


class AwayAtTimes:
    """A real signer whose module can be unplugged."""

    def __init__(self, signer):
        self._signer, self.away = signer, False
        self.certificate, self.chain, self.algorithm = signer.certificate, signer.chain, signer.algorithm

    def sign(self, data: bytes) -> bytes:
        if self.away:
            raise SignerDown("E_SIGNER_DOWN", "the module does not answer")
        return self._signer.sign(data)


@pytest.fixture
def away(site):
    signer = AwayAtTimes(site.authority.sealing_signer())
    sealer = Sealer(site.store, site.database, "worker-1", signer, site.clock, SealProfile("Demo"))
    signer.away = True
    return signer, sealer


def kinds(site) -> list[str]:
    with site.database.read() as session:
        return list(session.scalars(select(LogRow.kind).order_by(LogRow.seq)))


def test_while_the_module_is_away_the_package_waits_built_and_logged_by_its_content(site, away, request_of):
    signer, sealer = away
    with pytest.raises(SignerDown):
        sealer.seal(request_of())
    assert kinds(site) == ["evidence.intent", "evidence.unsigned"]
    assert list(site.store.list()) == []
    assert sealer.recover() == {}, "a start in between throws nothing away"
    assert sealer.sign_waiting() == []
    site.clock.advance(60)
    signer.away = False
    [package] = sealer.sign_waiting()
    assert site.stamper(site.tsa()).drain().stamped == [package]
    assert site.verify(site.store.path(package), log=site.database).ok
    assert sealer.seal(request_of()).package_id == package, "and the alert is not sealed twice"
    assert sealer.sign_waiting() == []


def test_what_was_changed_while_it_waited_is_not_signed(site, away, request_of):
    signer, sealer = away
    with pytest.raises(SignerDown):
        sealer.seal(request_of())
    [waiting] = site.store.root.glob(".unsigned-*")
    manifest = waiting / "tagmanifest-sha256.txt"
    manifest.chmod(0o644)
    manifest.write_text(manifest.read_text().replace("0", "1", 1))
    signer.away = False
    assert sealer.sign_waiting() == []
    assert kinds(site)[-1] == "evidence.aborted"
    assert list(site.store.list()) == []
    assert list((site.store.root / ".quarantine").iterdir())


def test_a_payload_changed_while_it_waited_is_not_signed_either(site, away, request_of):
    signer, sealer = away
    with pytest.raises(SignerDown):
        sealer.seal(request_of())
    [waiting] = site.store.root.glob(".unsigned-*")
    photo = waiting / "data/photos/p1.jpg"
    photo.chmod(0o644)
    photo.write_bytes(photo.read_bytes() + b"x")
    signer.away = False
    assert sealer.sign_waiting() == []
    assert kinds(site)[-1] == "evidence.aborted"
