"""CMS SignedData (RFC 5652) built and checked with the times that the caller gives.

Built with asn1crypto because `openssl` and cryptography's PKCS7 builder always write the host's time as signingTime.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from asn1crypto import algos, cms, core, tsp, util
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from evidence.trust import CheckFailed, Trust
from records import NonsiteError, iso, utc

SHA2 = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
_DER = Encoding.DER
UTC_TIME_ENDS = 2050  # RFC 5652 section 11.3: UTCTime through 2049, GeneralizedTime from 2050


class SignerDown(NonsiteError):
    """The key cannot be used now: the hardware module is away. What was to be signed waits."""


class Signer(Protocol):
    """A private key with its certificate: a software key, or a key that never leaves an HSM."""

    @property
    def certificate(self) -> bytes:
        """The signing certificate, DER."""
        ...

    @property
    def chain(self) -> Sequence[bytes]:
        """Intermediate certificates up to, without, the root; DER."""
        ...

    @property
    def algorithm(self) -> str:
        """`sha256_ecdsa` or `sha256_rsa`."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The signature over `data` (ECDSA: DER sequence; RSA: PKCS #1 v1.5), SHA-256 inside."""
        ...


class TimeStampReply(core.Sequence):  # type: ignore[misc]
    """TimeStampResp (RFC 3161 section 2.4.2); asn1crypto's own cannot leave the token out, as a rejection does."""

    _fields: ClassVar = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good SignedData says."""

    certificate: x509.Certificate
    signing_time: datetime | None
    content: bytes
    others: tuple[x509.Certificate, ...]


def sign(
    content: bytes,
    signer: Signer,
    at: datetime,
    *,
    content_type: str = "data",
    detached: bool = True,
    with_certificates: bool = True,
) -> bytes:
    """SignedData over `content` as DER, signingTime = `at` (whole seconds, as the format has it)."""
    attributes = _settled(
        cms.CMSAttributes(
            [
                _content_type(content_type),
                _attribute("signing_time", _time(at)),
                _attribute("message_digest", hashlib.sha256(content).digest()),
                _signing_certificate(signer.certificate),
            ]
        )
    )
    info = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier.load(_signer_id(signer.certificate)),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": signer.algorithm},
            "signature": signer.sign(attributes.dump()),
        }
    )
    encapsulated: dict[str, Any] = {"content_type": content_type}
    if not detached:
        encapsulated["content"] = core.ParsableOctetString(content)
    data = {
        "version": "v1" if content_type == "data" else "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": encapsulated,
        "signer_infos": [_settled(info)],
    }
    if with_certificates:
        data["certificates"] = [asn1_x509.Certificate.load(der) for der in (signer.certificate, *signer.chain)]
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump())


def check(
    content_info: cms.ContentInfo,
    trust: Trust,
    *,
    detached: bytes | None = None,
    at: datetime | None = None,
    extra: Sequence[x509.Certificate] = (),
) -> Signed:
    """Digest, signature and path of the one signer; the path is judged as of `at`, else as of signingTime.

    Certificates in the message only help to find the way to a root in `trust`; unsorted sets are accepted.
    Raises CheckFailed.
    """
    try:
        return _check(content_info, trust, detached, at, extra)
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # asn1crypto parses on first touch
        raise CheckFailed(f"not a CMS message: {error}") from error


def _check(
    content_info: cms.ContentInfo,
    trust: Trust,
    detached: bytes | None,
    at: datetime | None,
    extra: Sequence[x509.Certificate],
) -> Signed:
    if content_info["content_type"].native != "signed_data":
        raise CheckFailed(f"expected CMS SignedData, found {content_info['content_type'].native}")
    signed = content_info["content"]
    if len(signed["signer_infos"]) != 1:
        raise CheckFailed(f"expected one signer, found {len(signed['signer_infos'])}")
    info = signed["signer_infos"][0]
    content = signed["encap_content_info"]["content"].contents if detached is None else detached
    if content is None:
        raise CheckFailed("the signed content is missing")
    attributes = _signed_attributes(info)
    digest = info["digest_algorithm"]["algorithm"].native
    if digest not in SHA2:
        raise CheckFailed(f"expected a SHA-2 digest, found {digest}")
    found = hashlib.new(digest, content).digest()
    if attributes["message_digest"].native != found:
        raise CheckFailed(
            f"the signature is over other content: expected {digest} {attributes['message_digest'].native.hex()}, "
            f"found {found.hex()}"
        )
    if attributes["content_type"].native != signed["encap_content_info"]["content_type"].native:
        raise CheckFailed("the signed content type differs from the one outside the signature")
    certificates = [x509.load_der_x509_certificate(one.chosen.dump()) for one in signed["certificates"] or ()]
    certificates.extend(extra)
    leaf = _leaf(info["sid"], certificates)
    _check_certificate_id(attributes, leaf)
    _check_signature(info, leaf, digest)
    when = attributes["signing_time"].native if "signing_time" in attributes else None
    as_of = at or when
    if as_of is None:
        raise CheckFailed("the signature bears no time and none was given to judge its certificate by")
    trust.check(leaf, certificates, as_of)
    return Signed(leaf, when, bytes(content), tuple(certificates))


def _attribute(kind: str, value: Any) -> cms.CMSAttribute:
    return _settled(cms.CMSAttribute({"type": kind, "values": [value]}))


def _settled(value: Any) -> Any:
    """The same value out of its own bytes: asn1crypto encodes a fresh structure anew at every level above it."""
    return type(value).load(value.dump())


# What is the same in every signature of a signer is encoded once; only bytes are shared between threads.
@lru_cache(8)
def _content_type_bytes(content_type: str) -> bytes:
    return bytes(_attribute("content_type", content_type).dump())


def _content_type(content_type: str) -> cms.CMSAttribute:
    return cms.CMSAttribute.load(_content_type_bytes(content_type))


@lru_cache(8)
def _signing_certificate_bytes(certificate: bytes) -> bytes:
    return bytes(_attribute("signing_certificate_v2", _certificate_id(certificate)).dump())


def _signing_certificate(certificate: bytes) -> cms.CMSAttribute:
    return cms.CMSAttribute.load(_signing_certificate_bytes(certificate))


@lru_cache(8)
def _signer_id(certificate: bytes) -> bytes:
    leaf = asn1_x509.Certificate.load(certificate)
    named = cms.IssuerAndSerialNumber({"issuer": leaf.issuer, "serial_number": leaf.serial_number})
    return bytes(cms.SignerIdentifier("issuer_and_serial_number", named).dump())


def _time(at: datetime) -> cms.Time:
    when = utc(at).replace(microsecond=0)
    if when.year < UTC_TIME_ENDS:
        return cms.Time("utc_time", core.UTCTime(when))
    return cms.Time("generalized_time", core.GeneralizedTime(when))


def _certificate_id(certificate: bytes) -> tsp.SigningCertificateV2:
    """ESSCertIDv2 (RFC 5035): binds the certificate into what is signed."""
    return tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(certificate).digest()}]})


def _signed_attributes(info: cms.SignerInfo) -> dict[str, Any]:
    if not isinstance(info["signed_attrs"], cms.CMSAttributes):
        raise CheckFailed("the signature has no signed attributes")
    attributes = {one["type"].native: one["values"][0] for one in info["signed_attrs"]}
    for needed in ("message_digest", "content_type"):
        if needed not in attributes:
            raise CheckFailed(f"the signature lacks the signed attribute {needed}")
    return attributes


def _leaf(sid: cms.SignerIdentifier, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    for one in certificates:
        parsed = asn1_x509.Certificate.load(one.public_bytes(_DER))
        if sid.name == "issuer_and_serial_number":
            if parsed.issuer == sid.chosen["issuer"] and parsed.serial_number == sid.chosen["serial_number"].native:
                return one
        elif parsed.key_identifier == sid.chosen.native:
            return one
    raise CheckFailed("the signer's certificate is not in the message")


def _check_certificate_id(attributes: dict[str, Any], leaf: x509.Certificate) -> None:
    der = leaf.public_bytes(_DER)
    for name in ("signing_certificate_v2", "signing_certificate"):
        if name not in attributes:
            continue
        named = attributes[name]["certs"][0]
        algorithm = named["hash_algorithm"]["algorithm"].native if name.endswith("v2") else "sha1"
        found = hashlib.new(algorithm, der).digest()
        if named["cert_hash"].native != found:
            raise CheckFailed(
                f"signed for another certificate: expected {named['cert_hash'].native.hex()}, found {found.hex()}"
            )


def _check_signature(info: cms.SignerInfo, leaf: x509.Certificate, digest: str) -> None:
    algorithm: algos.SignedDigestAlgorithm = info["signature_algorithm"]
    try:
        hash_name = algorithm.hash_algo
    except ValueError:  # plain rsaEncryption names no digest
        hash_name = digest
    if hash_name not in SHA2:
        raise CheckFailed(f"expected a SHA-2 signature, found {hash_name}")
    data, signature = info["signed_attrs"].untag().dump(), info["signature"].native
    key, chosen = leaf.public_key(), SHA2[hash_name]
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(chosen))
        elif isinstance(key, rsa.RSAPublicKey) and algorithm.signature_algo == "rsassa_pss":
            key.verify(signature, data, padding.PSS(padding.MGF1(chosen), padding.PSS.AUTO), chosen)
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), chosen)
        else:
            raise CheckFailed(f"a key of a kind that is not accepted: {type(key).__name__}")
    except InvalidSignature as error:
        name = leaf.subject.rfc4514_string()
        raise CheckFailed(f"the signature was not made by the key of certificate {name!r}") from error


def as_utc(value: datetime) -> str:
    """A time out of ASN.1 as nonsite writes it."""
    return iso(value if value.tzinfo else value.replace(tzinfo=util.timezone.utc))


def load(data: bytes) -> cms.ContentInfo:
    """The DER (or BER) bytes as ContentInfo; raises CheckFailed where they are none."""
    try:
        return cms.ContentInfo.load(data, strict=True)
    except (ValueError, TypeError) as error:
        raise CheckFailed(f"not a CMS message: {error}") from error
