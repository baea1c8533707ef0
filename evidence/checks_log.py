"""The named check on a package's place in the log: its row under a checkpoint, signed, stamped, told outside."""

from __future__ import annotations

import re
from pathlib import Path

from evidence import cms
from evidence.bag import SEAL
from evidence.checkpoint import Checkpoint, Proof
from evidence.checks import Package
from evidence.log import RECOVERED, SEALED
from evidence.tokens import Token, check_reply
from evidence.trust import CheckFailed, Trust
from records import iso

_PROOF = re.compile(rf"{SEAL}/inclusion-(\d+)\.txt")


def proofs_in(package: Package) -> list[int]:
    """The sizes of the checkpoints for which the package holds a proof, smallest first."""
    return sorted(int(match[1]) for name in package.files if (match := _PROOF.fullmatch(name)))


def anchored(
    package: Package, seal_sha256: str | None, trust: Trust, tsa_trust: Trust, outside: Path | None = None
) -> str:
    """Every proof in the package leads from its sealed row to the root of a good checkpoint.

    With `outside`, a folder to which checkpoints were told, the one in the package must be the one that lies there.
    Raises CheckFailed.
    """
    found = []
    for size in proofs_in(package):
        proof = Proof.parse(_text(package, f"inclusion-{size}.txt"))
        _check_row(proof, package, seal_sha256)
        note = _text(package, f"checkpoint-{size}")
        checkpoint = Checkpoint.parse(note)
        if (proof.origin, proof.size) != (checkpoint.origin, checkpoint.size) or size != checkpoint.size:
            raise CheckFailed(f"inclusion-{size}.txt is for {proof.origin} {proof.size}, not for checkpoint-{size}")
        if proof.root != checkpoint.root:
            raise CheckFailed(
                f"row {proof.facts.get('seq')} is not in the tree of {size}: expected root {checkpoint.root.hex()}, "
                f"found {proof.root.hex()}"
            )
        p7s = package.read(f"{SEAL}/checkpoint-{size}.p7s")
        tsr = f"{SEAL}/checkpoint-{size}.p7s.tsr"
        reply = package.read(tsr) if tsr in package.files else None
        token = check_signed(note.encode(), p7s, reply, trust, tsa_trust)
        if outside is not None:
            _compare(outside / f"checkpoint-{size}", note.encode())
        when = f"stamped {iso(token.gen_time)}" if token else "not stamped"
        found.append(f"{checkpoint.origin} leaf {proof.leaf} of {size}, {when}")
    return "; ".join(found)


def check_signed(note: bytes, p7s: bytes, reply: bytes | None, trust: Trust, tsa_trust: Trust) -> Token | None:
    """A checkpoint's signature, and its stamp where it has one; raises CheckFailed."""
    token = None if reply is None else check_reply(reply, p7s, tsa_trust)
    signed = cms.check(cms.load(p7s), trust, detached=note, at=token.gen_time if token else None)
    if token and signed.signing_time and (token.gen_time - signed.signing_time).total_seconds() < -1 - token.accuracy_s:
        raise CheckFailed(f"signed at {iso(signed.signing_time)} after it was stamped at {iso(token.gen_time)}")
    return token


def _check_row(proof: Proof, package: Package, seal_sha256: str | None) -> None:
    facts = proof.facts
    body = facts.get("body")
    logged = body.get("seal_sha256") if isinstance(body, dict) else None
    identifier = package.info.get("External-Identifier")
    if facts.get("kind") not in (SEALED, RECOVERED):
        raise CheckFailed(f"the proof is of a row of kind {facts.get('kind')!r}, expected {SEALED}")
    if facts.get("subject") != identifier:
        raise CheckFailed(f"the proof is of package {facts.get('subject')}, expected {identifier}")
    if logged != seal_sha256:
        raise CheckFailed(f"seal: expected {logged} as logged, found {seal_sha256}")
    chain = package.record()["log"]["chain"]
    if facts.get("chain") != chain:
        raise CheckFailed(f"the proof is of a row of {facts.get('chain')}, expected {chain}")


def _compare(path: Path, note: bytes) -> None:
    try:
        there = path.read_bytes()
    except OSError as error:
        raise CheckFailed(f"{path}: expected the checkpoint that was told outside, found {error.strerror}") from error
    if there != note:
        raise CheckFailed(f"{path}: another checkpoint was told outside: the log was told in two ways")


def _text(package: Package, name: str) -> str:
    try:
        return package.read(f"{SEAL}/{name}").decode()
    except UnicodeDecodeError as error:
        raise CheckFailed(f"{name}: not text") from error
