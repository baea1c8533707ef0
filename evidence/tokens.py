"""Time-stamp tokens (RFC 3161): asking for one, and checking one against what it stamps and who is believed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx
from asn1crypto import tsp
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from evidence import cms
from evidence.trust import CheckFailed, Trust
from records import NonsiteError

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
LONGEST_REPLY = 1 << 20


class AuthorityDown(NonsiteError):
    """No usable reply came: refused, hanging, a portal page, a rejection. The request stays in the queue."""


@dataclass(frozen=True, slots=True)
class Token:
    """What a good token says. `accuracy_s` is the authority's own bound on `gen_time`, 0 where it names none."""

    gen_time: datetime
    accuracy_s: float
    serial: int
    policy: str
    authority: str


class TsaClient:
    """One time authority behind HTTP."""

    def __init__(self, url: str, timeout_s: float = 5.0) -> None:
        self.url = url
        # A stamp is rare and authorities drop idle lines, so none is kept; a proxy never stands before our own host.
        self._http = httpx.Client(
            timeout=timeout_s,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=httpx.URL(url).host not in ("127.0.0.1", "localhost", "::1"),
        )

    def stamp(self, data: bytes) -> tuple[bytes, int]:
        """The reply over `data` exactly as received, and the nonce that it must bear.

        Raises AuthorityDown; the reply's own content is not judged here.
        """
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        try:
            response = self._http.post(self.url, content=request.as_bytes(), headers={"Content-Type": QUERY})
        except httpx.HTTPError as error:
            raise AuthorityDown("E_TSA_DOWN", f"{self.url}: {error or type(error).__name__}") from error
        kind = response.headers.get("Content-Type", "").split(";")[0]
        if response.status_code != httpx.codes.OK or kind != REPLY or len(response.content) > LONGEST_REPLY:
            raise AuthorityDown(
                "E_TSA_DOWN", f"{self.url}: expected {REPLY}, found HTTP {response.status_code} {kind!r}"
            )
        return response.content, request.nonce or 0


def check_reply(
    reply: bytes,
    data: bytes,
    trust: Trust,
    *,
    nonce: int | None = None,
    extra: Sequence[x509.Certificate] = (),
) -> Token:
    """Whether `reply` is a granted TimeStampResp over `data` by an authority under `trust`, as of its own genTime.

    Unsorted certificate sets, which some real authorities send, are accepted: certificates lie outside what is signed.
    Raises CheckFailed.
    """
    try:
        response = cms.TimeStampReply.load(reply, strict=True)
        status = response["status"]["status"].native
        if status not in ("granted", "granted_with_mods"):
            why = "; ".join(response["status"]["status_string"].native or ())
            raise CheckFailed(f"the authority refused: {status} {why}".strip())
        token = response["time_stamp_token"]
        content = token["content"]["encap_content_info"]
        if content["content_type"].native != "tst_info":
            raise CheckFailed(f"expected a TSTInfo, found {content['content_type'].native}")
        info = content["content"].parsed
        gen_time = info["gen_time"].native.astimezone(UTC)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CheckFailed(f"not a time-stamp reply: {error}") from error
    _check_imprint(info, data)
    if nonce is not None and info["nonce"].native != nonce:
        raise CheckFailed(f"a reply to another request: expected nonce {nonce}, found {info['nonce'].native}")
    signed = cms.check(token, trust, at=gen_time, extra=extra)
    _check_usage(signed.certificate)
    accuracy = info["accuracy"].native or {}
    accuracy_s = (
        (accuracy.get("seconds") or 0)
        + (accuracy.get("millis") or 0) / 1000
        + (accuracy.get("micros") or 0) / 1_000_000
    )
    return Token(
        gen_time,
        accuracy_s,
        info["serial_number"].native,
        info["policy"].dotted,
        signed.certificate.subject.rfc4514_string(),
    )


def _check_imprint(info: tsp.TSTInfo, data: bytes) -> None:
    imprint = info["message_imprint"]
    algorithm = imprint["hash_algorithm"]["algorithm"].native
    if algorithm not in cms.SHA2:
        raise CheckFailed(f"expected a SHA-2 imprint, found {algorithm}")
    found = hashlib.new(algorithm, data).digest()
    if imprint["hashed_message"].native != found:
        raise CheckFailed(
            f"the token stamps something else: expected {algorithm} {imprint['hashed_message'].native.hex()}, "
            f"found {found.hex()}"
        )


def _check_usage(certificate: x509.Certificate) -> None:
    """RFC 3161 section 2.3: the key is for time stamps alone, and says so critically."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        usage = None
    if usage is None or not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise CheckFailed(
            f"certificate {certificate.subject.rfc4514_string()!r} may not stamp: expected critical timeStamping alone"
        )
