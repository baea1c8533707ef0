"""Time stamps out of the queue: authorities that are down, slow, lying, or merely sloppy."""

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder
from sqlalchemy import select

from evidence import Status, TsaClient, create_ca, load_trust, overdue_s, waiting_since
from evidence.authority import TimeAuthority
from evidence.cms import TimeStampReply
from evidence.tables import PackageRow, RefusedReplyRow
from evidence.timestamp import Stamper
from evidence.tokens import check_reply
from evidence.trust import CheckFailed
from records import FrozenClock, SharedClock, drain_outbox


def row_of(site: Any) -> PackageRow:
    with site.database.read() as session:
        row = session.scalar(select(PackageRow))
        assert row is not None
        return row


@pytest.fixture
def answering() -> Iterator[Callable[[Callable[[bytes], tuple[int, str, bytes]]], TsaClient]]:
    """A server on which `answer(request) -> (status, content type, body)` decides."""
    servers: list[HTTPServer] = []

    def start(answer: Callable[[bytes], tuple[int, str, bytes]]) -> TsaClient:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status, kind, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return TsaClient(f"http://127.0.0.1:{server.server_address[1]}/", timeout_s=0.5)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def closed_port() -> TsaClient:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return TsaClient(f"http://127.0.0.1:{one.getsockname()[1]}/", timeout_s=0.5)


def test_stamped_and_told(site: Any, request_of: Any) -> None:
    sealed = site.sealed_and_stamped(request_of())
    row = row_of(site)
    assert row.status == Status.STAMPED
    assert row.stamped_at == site.clock.now()
    told: list[dict[str, Any]] = []
    drain_outbox(site.database, lambda _topic, _key, message: told.append(message), site.clock)
    assert [one["status"] for one in told if "status" in one] == ["SEALED_PENDING_TSA", "STAMPED"]
    kinds = [one["kind"] for one in told if "chain" in one]
    assert kinds == ["evidence.intent", "evidence.sealed", "evidence.stamped"], "its log goes to the hub as well"
    assert site.verify(sealed.path, log=site.database).ok
    assert waiting_since(site.database) is None


def test_authority_down_pends_then_stamps_later(site: Any, request_of: Any) -> None:
    sealed = site.sealer.seal(request_of())
    down = closed_port()
    assert site.stamper(down).drain().waiting == 1
    assert row_of(site).status == Status.PENDING
    assert "E_TSA_DOWN" in (row_of(site).last_error or "")
    assert site.verify(sealed.path).pending
    assert waiting_since(site.database) == sealed.sealed_at
    site.clock.advance(3)
    assert site.stamper(site.tsa()).drain().stamped == [sealed.package_id]
    assert site.verify(sealed.path).ok


def test_an_authority_that_failed_is_left_alone_twice_as_long_each_time(
    site: Any, request_of: Any, answering: Any
) -> None:
    asked: list[float] = []

    def answer(_request: bytes) -> tuple[int, str, bytes]:
        asked.append(site.clock.monotonic())
        return 503, "text/plain", b"busy"

    site.sealer.seal(request_of())
    stamper = site.stamper(answering(answer))
    for _ in range(20):
        stamper.drain()
        site.clock.advance(1)
    assert asked == [0, 1, 3, 7, 15]


def test_the_second_authority_is_asked_where_the_first_is_down(site: Any, request_of: Any) -> None:
    sealed = site.sealer.seal(request_of())
    assert site.stamper(closed_port(), site.tsa()).drain().stamped == [sealed.package_id]


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (200, "text/html", b"<html>please log in</html>"),
        (500, "application/timestamp-reply", b""),
        (200, "application/timestamp-reply", b"<html>"),
        (200, "application/timestamp-reply", b""),
    ],
)
def test_portal_pages_and_nonsense_are_no_stamps(
    site: Any, request_of: Any, answering: Any, status: int, kind: str, body: bytes
) -> None:
    sealed = site.sealer.seal(request_of())
    assert site.stamper(answering(lambda _request: (status, kind, body))).drain().stamped == []
    assert site.verify(sealed.path).pending


def test_a_hanging_authority_is_given_up(site: Any, request_of: Any) -> None:
    site.sealer.seal(request_of())
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = TsaClient(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout_s=0.2)
        assert site.stamper(client).drain().waiting == 1


@pytest.mark.parametrize("off", [timedelta(minutes=5), timedelta(minutes=-5), timedelta(seconds=4)])
def test_a_token_with_another_time_is_refused_and_kept(site: Any, request_of: Any, off: timedelta) -> None:
    sealed = site.sealer.seal(request_of())
    lying = site.tsa(clock=FrozenClock(site.clock.now() + off))
    report = site.stamper(lying, site.tsa()).drain()
    assert report.stamped == [sealed.package_id], "the second authority serves"
    assert "disagree" in report.refused[sealed.package_id]
    with site.database.read() as session:
        [kept] = session.scalars(select(RefusedReplyRow))
        assert TimeStampReply.load(kept.reply)["status"]["status"].native == "granted"


def test_a_replayed_reply_is_refused(site: Any, request_of: Any, answering: Any) -> None:
    sealed = site.sealer.seal(request_of())
    seal = (sealed.path / "seal/tagmanifest-sha256.txt.p7s").read_bytes()
    old, _nonce = site.tsa().stamp(seal)
    report = site.stamper(answering(lambda _request: (200, "application/timestamp-reply", old))).drain()
    assert "nonce" in report.refused[sealed.package_id]


def test_a_self_made_authority_is_refused(site: Any, request_of: Any, tmp_path: Path) -> None:
    sealed = site.sealer.seal(request_of())
    own = create_ca(tmp_path / "own", site.clock)
    report = site.stamper(site.tsa(authority=own)).drain()
    assert "does not lead to the pinned root" in report.refused[sealed.package_id]


def test_a_certificate_without_the_timestamping_usage_may_not_stamp(site: Any) -> None:
    sealing_as_tsa = TimeAuthority(site.authority.sealing_signer(), site.clock)
    reply = sealing_as_tsa.answer(request_for(b"seal"))
    with pytest.raises(CheckFailed, match="may not stamp"):
        check_reply(reply, b"seal", load_trust(site.authority.ca))


def request_for(data: bytes, **options: Any) -> bytes:
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    for name, value in options.items():
        builder = getattr(builder, name)(**{name: value})
    return builder.build().as_bytes()


def test_an_unsorted_certificate_set_is_accepted_and_stored_as_received(
    site: Any, request_of: Any, answering: Any
) -> None:
    """`openssl ts -reply` with a chain sends one; rfc3161-client refuses it, openssl does not."""
    root = x509.load_pem_x509_certificate(site.authority.tsa_ca.read_bytes())
    authority = TimeAuthority(site.authority.tsa_signer(), site.clock)
    sent: list[bytes] = []

    def answer(request: bytes) -> tuple[int, str, bytes]:
        sent.append(with_certificates_unsorted(authority.answer(request), root))
        return 200, "application/timestamp-reply", sent[-1]

    sealed = site.sealer.seal(request_of())
    assert site.stamper(answering(answer)).drain().stamped == [sealed.package_id]
    stored = sealed.path / "seal/tagmanifest-sha256.txt.p7s.tsr"
    assert stored.read_bytes() == sent[-1]
    assert site.verify(sealed.path).ok
    command = ["openssl", "ts", "-verify", "-data", str(stored).removesuffix(".tsr"), "-in", str(stored)]
    done = subprocess.run([*command, "-CAfile", str(site.authority.tsa_ca)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def with_certificates_unsorted(reply: bytes, more: x509.Certificate) -> bytes:
    """The reply with a second certificate, the set in the order that DER forbids."""
    old = TimeStampReply.load(reply)["time_stamp_token"]["content"]["certificates"].dump()
    one = old[len(old) - len(_bodies(old)) :]
    both = sorted([one, more.public_bytes(Encoding.DER)], reverse=True)
    return _swapped(reply, old, _tlv(0xA0, b"".join(both)))


def _bodies(tlv: bytes) -> bytes:
    return tlv[2:] if tlv[1] < 128 else tlv[2 + tlv[1] - 128 :]


def _tlv(tag: int, body: bytes) -> bytes:
    size = len(body)
    width = (size.bit_length() + 7) // 8
    length = bytes([size]) if size < 128 else bytes([128 + width]) + size.to_bytes(width, "big")
    return bytes([tag]) + length + body


def _swapped(der: bytes, old: bytes, new: bytes) -> bytes:
    """The same DER values with `new` in place of `old`, every length around it grown."""
    out, rest = b"", der
    while rest:
        size = rest[1] if rest[1] < 128 else int.from_bytes(rest[2 : 2 + rest[1] - 128], "big")
        head = len(rest) - len(_bodies(rest))
        whole, rest = rest[: head + size], rest[head + size :]
        if whole == old:
            out += new
        else:
            out += _tlv(whole[0], _swapped(whole[head:], old, new)) if old in whole else whole
    return out


def test_a_reply_without_certificates_needs_the_pinned_one(site: Any) -> None:
    authority = TimeAuthority(site.authority.tsa_signer(), site.clock)
    reply = authority.answer(request_for(b"seal", cert_request=False))
    trust = load_trust(site.authority.tsa_ca)
    with pytest.raises(CheckFailed, match="not in the message"):
        check_reply(reply, b"seal", trust)
    pinned = x509.load_pem_x509_certificate((site.authority.folder / "tsa.pem").read_bytes())
    assert check_reply(reply, b"seal", trust, extra=[pinned]).gen_time == site.clock.now()


def test_a_crash_after_storing_the_reply_stamps_from_what_is_there(site: Any, request_of: Any) -> None:
    sealed = site.sealer.seal(request_of())
    seal = (sealed.path / "seal/tagmanifest-sha256.txt.p7s").read_bytes()
    reply, _nonce = site.tsa().stamp(seal)
    site.store.add_seal_file(sealed.package_id, "tagmanifest-sha256.txt.p7s.tsr", reply)
    assert site.stamper(closed_port()).drain().stamped == [sealed.package_id]


def test_one_broken_package_does_not_keep_the_others_waiting(site: Any, request_of: Any) -> None:
    broken, whole = site.sealer.seal(request_of("a")), site.sealer.seal(request_of("b"))
    (broken.path / "seal/tagmanifest-sha256.txt.p7s").unlink()
    report = site.stamper(site.tsa()).drain()
    assert report.stamped == [whole.package_id]
    assert broken.package_id in report.refused


def test_the_shared_clock_rules_seal_and_stamp_and_openssl_verifies_today(
    make_site: Callable[..., Any], request_of: Any, tmp_path: Path
) -> None:
    """The street's day is another than the host's; the authority runs in a process of its own."""
    clock = SharedClock(tmp_path / "clock")
    street = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    clock.set(street)
    site = make_site("street", clock)
    sealed = site.sealer.seal(request_of())
    command = [sys.executable, "-m", "evidence.authority", "--dir", str(site.authority.folder)]
    process = subprocess.Popen(
        [*command, "--clock", str(clock.path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        ready, url = process.stdout.readline().split()
        assert ready == "ready"
        client = TsaClient(url)
        assert Stamper(
            site.store, site.database, [client], load_trust(site.authority.tsa_ca), clock
        ).drain().stamped == [sealed.package_id]
        clock.set(street + timedelta(days=30))
        later = site.sealer.seal(request_of("after the jump"))
        assert site.stamper(client).drain().stamped == [later.package_id]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
    with site.database.read() as session:
        rows = list(session.scalars(select(PackageRow).order_by(PackageRow.sealed_at)))
    assert [(row.sealed_at, row.stamped_at) for row in rows] == [
        (street, street),
        (street + timedelta(days=30), street + timedelta(days=30)),
    ]
    for one in (sealed, later):
        result = site.verify(one.path)
        assert result.ok, [str(check) for check in result.checks]
        script = ["sh", str(one.path / "data/verify/verify.sh"), str(site.authority.ca), str(site.authority.tsa_ca)]
        assert subprocess.run(script, capture_output=True).returncode == 0
    p7s = sealed.path / "seal/tagmanifest-sha256.txt.p7s"
    today = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", str(p7s), "-out", "/dev/null"]
    content = ["-content", str(sealed.path / "tagmanifest-sha256.txt"), "-CAfile", str(site.authority.ca)]
    assert subprocess.run([*today, *content], capture_output=True).returncode == 0


def test_a_seal_that_waits_longer_than_ten_minutes_is_an_alarm(site: Any, request_of: Any) -> None:
    site.sealer.seal(request_of())
    site.clock.advance(599)
    assert overdue_s(site.database, site.clock) == 0
    site.clock.advance(2)
    assert overdue_s(site.database, site.clock) > 600
    site.stamper(site.tsa()).drain()
    assert overdue_s(site.database, site.clock) == 0
