"""The local certificate and time authority."""

import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import tsp
from cryptography import x509
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, VerifierBuilder, decode_timestamp_response

from evidence import Authority, create_ca
from evidence.authority import POLICY, TimeAuthority, main
from evidence.cms import TimeStampReply
from records import BadInput, FrozenClock, SystemClock

LONG_AGO = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return create_ca(tmp_path / "authority", FrozenClock(LONG_AGO))


@pytest.fixture
def answering(authority: Authority) -> TimeAuthority:
    return TimeAuthority(authority.tsa_signer(), FrozenClock(LONG_AGO))


def status(reply: bytes) -> Any:
    return TimeStampReply.load(reply)["status"]


def test_certificates_run_ten_years_from_a_day_before_the_earlier_clock(authority: Authority) -> None:
    for name in ("ca", "sealing", "tsa-ca", "tsa"):
        certificate = x509.load_pem_x509_certificate((authority.folder / f"{name}.pem").read_bytes())
        assert certificate.not_valid_before_utc == LONG_AGO - timedelta(days=1)
        assert certificate.not_valid_after_utc - certificate.not_valid_before_utc == timedelta(days=3650)


def test_with_a_clock_ahead_of_the_host_the_host_counts(tmp_path: Path) -> None:
    authority = create_ca(tmp_path, FrozenClock(SystemClock().now() + timedelta(days=400)))
    certificate = x509.load_pem_x509_certificate(authority.ca.read_bytes())
    assert certificate.not_valid_before_utc < SystemClock().now()


def test_keys_are_readable_by_their_owner_only(authority: Authority) -> None:
    assert {path.stat().st_mode & 0o777 for path in authority.folder.glob("*.key")} == {0o600}


def test_an_existing_set_is_kept_and_a_torn_one_refused(authority: Authority) -> None:
    before = authority.ca.read_bytes()
    assert create_ca(authority.folder, SystemClock()).ca.read_bytes() == before
    (authority.folder / "tsa.key").unlink()
    with pytest.raises(BadInput, match="E_CA_FOLDER"):
        create_ca(authority.folder, SystemClock())


def test_rfc3161_client_accepts_the_token(authority: Authority, answering: TimeAuthority) -> None:
    request = TimestampRequestBuilder().data(b"seal").hash_algorithm(HashAlgorithm.SHA512).build()
    response = decode_timestamp_response(answering.answer(request.as_bytes()))
    root = x509.load_pem_x509_certificate(authority.tsa_ca.read_bytes())
    assert request.nonce is not None
    verifier = VerifierBuilder().add_root_certificate(root).nonce(request.nonce).build()
    assert verifier.verify_message(response, b"seal")
    assert response.tst_info.gen_time == LONG_AGO
    assert response.tst_info.policy.dotted_string == POLICY


def test_openssl_makes_the_request_and_verifies_the_reply(
    authority: Authority, answering: TimeAuthority, tmp_path: Path
) -> None:
    data, query, reply = tmp_path / "data", tmp_path / "q.tsq", tmp_path / "r.tsr"
    data.write_bytes(b"seal")
    make = ["openssl", "ts", "-query", "-data", str(data), "-sha256", "-cert", "-out", str(query)]
    assert subprocess.run(make, capture_output=True).returncode == 0
    reply.write_bytes(answering.answer(query.read_bytes()))
    check = ["openssl", "ts", "-verify", "-queryfile", str(query), "-in", str(reply), "-CAfile", str(authority.tsa_ca)]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_certificates_come_only_where_they_are_asked_for(answering: TimeAuthority) -> None:
    sizes = {
        asked: len(
            answering.answer(TimestampRequestBuilder().data(b"x").cert_request(cert_request=asked).build().as_bytes())
        )
        for asked in (True, False)
    }
    assert sizes[False] < sizes[True] - 400


def test_a_request_without_a_nonce_gets_none(answering: TimeAuthority) -> None:
    request = TimestampRequestBuilder().data(b"x").nonce(nonce=False).build()
    token = TimeStampReply.load(answering.answer(request.as_bytes()))["time_stamp_token"]
    assert token["content"]["encap_content_info"]["content"].parsed["nonce"].native is None


@pytest.mark.parametrize("request_", [b"", b"nonsense", b"\x30\x03\x02\x01\x01", b"\x30\x84\xff\xff\xff\xff"])
def test_a_request_that_is_none_is_rejected_politely(answering: TimeAuthority, request_: bytes) -> None:
    assert status(answering.answer(request_))["status"].native == "rejection"


def _request(**changes: Any) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)}
    return bytes(tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, **changes}).dump())


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"message_imprint": {"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": bytes(20)}}, "bad_alg"),
        (
            {"message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(20)}},
            "bad_data_format",
        ),
        ({"req_policy": "1.2.3.4"}, "unaccepted_policy"),
    ],
)
def test_a_request_that_cannot_be_met_says_why(answering: TimeAuthority, changes: Any, failure: str) -> None:
    found = status(answering.answer(_request(**changes)))
    assert found["status"].native == "rejection"
    assert found["fail_info"].native == {failure}
    assert found["status_string"].native


def test_a_taken_port_is_one_clear_line(authority: Authority, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["--dir", str(authority.folder), "--port", str(port)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert err.startswith(f"E_PORT: 127.0.0.1:{port}")


def test_a_missing_clock_is_one_clear_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "evidence.authority", "--dir", str(tmp_path), "--clock", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("E_CLOCK")
    assert "Traceback" not in done.stderr
