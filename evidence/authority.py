"""A local RFC 3161 time authority, a process of its own: `python -m evidence.authority --dir D --port P --clock FILE`.

For the demo, for tests and for sites without a line out. A court wants a neutral third party's stamp: name that
authority's address in the settings and nothing else changes.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import core, tsp

from evidence import cms
from evidence.certificates import create_ca
from evidence.cms import Signer
from records import BadInput, Clock, NonsiteError, open_clock

POLICY = "2.25.264031580274531962137403127906581749135"  # a UUID-based arc (ITU-T X.667): ours alone, no registry
IMPRINT_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}
LONGEST_REQUEST = 65536
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


class TimeAuthority:
    """Answers time-stamp requests (RFC 3161 section 2.4) with the time of `clock`."""

    def __init__(self, signer: Signer, clock: Clock) -> None:
        self._signer = signer
        self._clock = clock

    def answer(self, request: bytes) -> bytes:
        """The TimeStampResp for a DER TimeStampReq; a request that cannot be met gets a rejection that says why."""
        try:
            query = tsp.TimeStampReq.load(request, strict=True)
            imprint = query["message_imprint"]
            algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
            policy = query["req_policy"].native
        except (ValueError, TypeError, KeyError):
            return _rejection("bad_data_format", "not a TimeStampReq")
        if algorithm not in IMPRINT_BYTES:
            return _rejection("bad_alg", f"{algorithm} is not accepted; use SHA-2")
        if len(digest) != IMPRINT_BYTES[algorithm]:
            return _rejection("bad_data_format", f"a {algorithm} digest has {IMPRINT_BYTES[algorithm]} bytes")
        if policy not in (None, POLICY):
            return _rejection("unaccepted_policy", f"the only policy is {POLICY}")
        if len(query["extensions"]):
            return _rejection("unaccepted_extensions", "no extension is accepted")
        return self._grant(query)

    def _grant(self, query: tsp.TimeStampReq) -> bytes:
        now = self._clock.now()
        info: dict[str, Any] = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": query["message_imprint"],
            "serial_number": secrets.randbits(127),
            "gen_time": core.GeneralizedTime(now.replace(microsecond=0)),
            "accuracy": {"seconds": 1},
        }
        if query["nonce"].native is not None:
            info["nonce"] = query["nonce"]
        token = cms.sign(
            tsp.TSTInfo(info).dump(),
            self._signer,
            now,
            content_type="tst_info",
            detached=False,
            with_certificates=bool(query["cert_req"].native),
        )
        granted = {"status": {"status": "granted"}, "time_stamp_token": cms.load(token)}
        return bytes(cms.TimeStampReply(granted).dump())


def _rejection(failure: str, why: str) -> bytes:
    status = {"status": "rejection", "status_string": [why], "fail_info": {failure}}
    return bytes(cms.TimeStampReply({"status": status}).dump())


def serve(authority: TimeAuthority, host: str, port: int) -> ThreadingHTTPServer:
    """A bound HTTP server (RFC 3161 section 3.4), not yet running; port 0 picks a free one."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if self.headers.get("Content-Type") != QUERY or not 0 < length <= LONGEST_REQUEST:
                self.close_connection = True
                self.send_error(415 if 0 < length <= LONGEST_REQUEST else 413, f"POST one {QUERY}")
                return
            self._reply(REPLY, authority.answer(self.rfile.read(length)))

        def do_GET(self) -> None:
            self._reply("text/plain", b"time authority: POST application/timestamp-query\n")

        def _reply(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            print(f"authority: {format % args}", file=sys.stderr)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    try:
        return Server((host, port), Handler)
    except OSError as error:
        raise BadInput("E_PORT", f"{host}:{port}: {error.strerror}", "choose another port") from error


def main(arguments: list[str] | None = None) -> int:
    """Serve until stopped; prints `ready URL` once requests are answered."""
    parser = argparse.ArgumentParser(prog="python -m evidence.authority", description=__doc__)
    parser.add_argument("--dir", required=True, help="folder of the local authority; made where it is empty")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--clock", help="shared clock file; the host's time without it")
    options = parser.parse_args(arguments)
    try:
        clock = open_clock(options.clock)
        clock.now()
        signer = create_ca(options.dir, clock).tsa_signer()
        server = serve(TimeAuthority(signer, clock), options.host, options.port)
    except NonsiteError as error:
        print(error, file=sys.stderr)
        return 2
    with server:
        print(f"ready http://{options.host}:{server.server_address[1]}/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
