"""Sealing, verifying, replaying and the log, each beside the bare work it cannot do without.

Run as `python -m benchmarks.evidence [--json] [--quick] [--dir DIR] [--rows N]`. One package holds five photographs and
ten seconds of 1080p H.264 of some 6 MB; folders lie under --dir (the system's temporary folder without it): fsync is
that disk's. The log's figures need PostgreSQL's programs, and are left out, said so, where there are none.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import av
import cv2
import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from benchmarks.evidence_log import logging
from benchmarks.figure import Figure, tell, wanted
from evidence import (
    Anchor,
    Authority,
    ClockFacts,
    DeviceFacts,
    EvidenceStore,
    FrameDetections,
    Photo,
    PhotoRole,
    Sealed,
    Sealer,
    SealProfile,
    SealRequest,
    create_ca,
    load_trust,
    replay,
    verify,
)
from evidence.authority import TimeAuthority
from records import Database, FrozenClock, iso
from streams import Cut, Detection, Execution, Frame, Image, ObjectKind, Picture, SourceSpec, open_source

START = datetime(2026, 5, 12, 8, 15, tzinfo=UTC)
SECONDS, FPS, SIZE = 10, 25, (1920, 1080)


class Brightness:
    """A network small enough that the replay's own cost shows: one box around what is bright."""

    name = "brightness"
    sha256 = "b" * 64
    execution = Execution("by hand")
    input_size = SIZE
    thresholds: ClassVar = {ObjectKind.STALL: 0.1}

    def detect(self, images: Sequence[Image], min_score: float | None = None) -> list[list[Detection]]:
        found = []
        for image in images:
            rows = np.flatnonzero(image[::4, ::4, 1].max(axis=1) > 200)
            top, bottom = (float(rows.min()), float(rows.max())) if len(rows) else (0.0, 1.0)
            box = (0.0, top, float(image.shape[1]), bottom)
            found.append([Detection(ObjectKind.STALL, "bright", 0.5, box)])
        return found


def film(folder: Path) -> tuple[Cut, list[Frame]]:
    """Ten seconds of 1080p with a noisy sensor, as packets and as frames."""
    path, rng = folder / "street.mp4", np.random.default_rng(5)
    width, height = SIZE
    noise = rng.normal(110, 9, (height, width, 3)).astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate = 4_700_000
        stream.options = {"preset": "ultrafast", "g": "50", "sc_threshold": "0"}
        for n in range(FPS * SECONDS):
            image = np.roll(noise, (7 * n) % width, axis=1)
            image[400:700, 500 + n : 900 + n] += 110
            frame = av.VideoFrame.from_ndarray(np.clip(image, 0, 255).astype(np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    source = open_source(SourceSpec("cam", str(path), start=START), FrozenClock(START))
    for _ in source.frames():
        pass
    cut = source.ring.cut(START, START + timedelta(seconds=SECONDS))
    source.close()
    wanted = {0, 60, 120, 180, 240}
    return cut, [frame for frame in cut.decode() if frame.index in wanted]


def request(cut: Cut, frames: list[Frame], network: Brightness, alert: str, device: str) -> SealRequest:
    return SealRequest(
        alert={"id": alert, "kind": "STALL", "opened": iso(START), "raised": iso(START + timedelta(seconds=SECONDS))},
        cut=cut,
        photos=[Photo(PhotoRole.PANORAMA, frame) for frame in frames],
        detections=[FrameDetections.of(frame, network.detect([frame.image()])[0]) for frame in frames],
        geofence={"type": "FeatureCollection", "features": [], "version": "benchmark"},
        calibration={"camera_id": device},
        model={"name": network.name, "weights_sha256": network.sha256},
        device=DeviceFacts(device, 121.5, 31.2),
        clock=ClockFacts("benchmark", 0, START),
    )


def seconds(rounds: int, work: Callable[[int], Any]) -> float:
    """Median seconds of one round."""
    taken = []
    for n in range(rounds):
        start = time.perf_counter()
        work(n)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def bare_write(files: dict[str, bytes], folder: Path) -> None:
    """The same files written, hashed and flushed one by one, as nobody can do without."""
    folder.mkdir()
    for n, data in enumerate(files.values()):
        with (folder / str(n)).open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hashlib.sha256(data).hexdigest()


def sealing(folder: Path, sealer: Sealer, cut: Cut, frames: list[Frame], rounds: int) -> tuple[list[Figure], Sealed]:
    """Sealing one at a time and four at once, beside bare writing and beside making the pictures."""
    network = Brightness()
    asked = iter([request(cut, frames, network, f"a{n}", f"cam-{n % 4}") for n in range(2 + 5 * rounds)])
    sealed = sealer.seal(next(asked))
    files = {str(path): path.read_bytes() for path in sealed.path.rglob("*") if path.is_file()}
    pictures_s = seconds(rounds, lambda _n: make_pictures(cut, frames, folder / "made.mp4"))
    bare_s = seconds(rounds, lambda n: bare_write(files, folder / f"bare-{n}"))
    seal_s = seconds(rounds, lambda _n: sealer.seal(next(asked)))
    with ThreadPoolExecutor(4) as pool:

        def four(work: Callable[[int, int], Any]) -> Callable[[int], Any]:
            return lambda n: list(pool.map(lambda k: work(n, k), range(4)))

        bare4_s = seconds(rounds, four(lambda n, k: bare_write(files, folder / f"four-{n}-{k}")))
        pictures4_s = seconds(rounds, four(lambda _n, k: make_pictures(cut, frames, folder / f"made-{k}.mp4")))
        seal4_s = seconds(rounds, four(lambda _n, _k: sealer.seal(next(asked))))
    size = sum(map(len, files.values()))
    return [
        Figure("package", round(size / 1e6, 2), "MB"),
        Figure("make the pictures (5 JPEG, mux)", 1000 * pictures_s, "ms"),
        Figure("write, hash and fsync the same files", 1000 * bare_s, "ms"),
        Figure("seal one package, pictures included", 1000 * seal_s, "ms"),
        wanted("seal less pictures / bare writing", (seal_s - pictures_s) / bare_s, "x", most=1.4),
        Figure("seal, pictures included / bare writing", seal_s / bare_s, "x"),
        Figure("seal 4 at once", 1000 * seal4_s / 4, "ms a package"),
        wanted("seal less pictures / bare writing, 4 at once", (seal4_s - pictures4_s) / bare4_s, "x", most=1.4),
    ], sealed


def make_pictures(cut: Cut, frames: list[Frame], path: Path) -> None:
    """What any keeper of pictures does first: encode the JPEGs, mux the clip."""
    for frame in frames:
        cv2.imencode(".jpg", frame.image(), [cv2.IMWRITE_JPEG_QUALITY, 95])
    cut.write_mp4(path)


def verifying(authority: Authority, log: Database, package: Path, rounds: int) -> list[Figure]:
    """Verification, without footage and in full, beside SHA-256 over the package and two signature checks."""
    trust, tsa_trust = load_trust(authority.ca), load_trust(authority.tsa_ca)
    files = [path for path in package.rglob("*") if path.is_file()]
    key = ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(bytes(32), ec.ECDSA(utils.Prehashed(SHA256())))

    def bare(_n: int) -> None:
        for path in files:
            hashlib.sha256(path.read_bytes()).hexdigest()
        for _ in range(2):
            key.public_key().verify(signature, bytes(32), ec.ECDSA(utils.Prehashed(SHA256())))

    bare_s = seconds(rounds, bare)
    full_s = seconds(max(3, rounds // 3), lambda _n: verify(package, trust, tsa_trust, log=log))
    sums_s = seconds(rounds, lambda _n: verify(package, trust, tsa_trust, log=log, footage=False))
    found = verify(package, trust, tsa_trust, log=log)
    assert found.ok and all(one.ok for one in found.checks if one.name in ("log", "checkpoint")), found
    return [
        Figure("SHA-256 over the package and two signature checks", 1000 * bare_s, "ms"),
        Figure("verify: sums, seal, token, record, log, proof", 1000 * sums_s, "ms"),
        wanted("verify / bare", sums_s / bare_s, "x", most=3),
        Figure("verify with clip packets and photo frames", 1000 * full_s, "ms"),
    ]


def replaying(package: Path, rounds: int) -> Figure:
    """A replay beside bare decoding of the clip and bare runs of the network on the same frames."""
    network, shown = Brightness(), {0, 60, 120, 180, 240}

    def bare(_n: int) -> None:
        with av.open(str(package / "data/clip/clip.mp4")) as container:
            for n, frame in enumerate(container.decode(video=0)):
                if n in shown:
                    network.detect([Picture(frame).bgr()])

    bare_s = seconds(rounds, bare)
    again_s = seconds(rounds, lambda _n: replay(package, network))
    assert replay(package, network).same
    return wanted("replay / (decode + network)", again_s / bare_s, "x", most=1.3)


def stamp(authority: Authority, clock: FrozenClock, store: EvidenceStore, sealed: Sealed, rounds: int) -> Figure:
    """The local authority's own time for one token; the round trip is the network's."""
    seal = (sealed.path / "seal/tagmanifest-sha256.txt.p7s").read_bytes()
    query = TimestampRequestBuilder().data(seal).hash_algorithm(HashAlgorithm.SHA256).build().as_bytes()
    answering = TimeAuthority(authority.tsa_signer(), clock)
    store.add_seal_file(sealed.package_id, "tagmanifest-sha256.txt.p7s.tsr", answering.answer(query))
    one_s = seconds(rounds, lambda _n: answering.answer(query))
    return Figure("a token by the local authority", 1000 * one_s, "ms")


def measure(folder: Path, rounds: int) -> list[Figure]:
    clock = FrozenClock(START + timedelta(minutes=1))
    authority = create_ca(folder / "authority", clock)
    store = EvidenceStore.open(folder / "evidence")
    database = Database(folder / "machine.sqlite")
    database.create_all()
    sealer = Sealer(store, database, "bench", authority.sealing_signer(), clock, SealProfile("benchmark"))
    cut, frames = film(folder)
    figures, sealed = sealing(folder, sealer, cut, frames, rounds)
    figures.append(stamp(authority, clock, store, sealed, rounds))
    anchor = Anchor(database, database, store, "bench", authority.sealing_signer(), clock)
    assert sealed.package_id in anchor.tick().proved
    figures.extend(verifying(authority, database, sealed.path, rounds))
    figures.append(replaying(sealed.path, max(2, rounds // 3)))
    database.close()
    return figures


def main() -> int:
    """Print the figures; 1 where a wanted one is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and rows, within a minute")
    parser.add_argument("--dir", help="where packages are written; its disk's fsync counts")
    parser.add_argument("--rows", type=int, help="rows of the log; 1,000,000 without --quick")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        figures = measure(Path(folder), 5 if options.quick else 25)
        figures += logging(Path(folder), options.rows or (20_000 if options.quick else 1_000_000))
    return tell(figures, options.json)


if __name__ == "__main__":
    sys.exit(main())
