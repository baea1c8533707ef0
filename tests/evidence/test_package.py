"""A fresh package, checked by tools that are not ours."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from evidence import Photo, PhotoRole, SealRequest
from records import BadInput

P7S = "seal/tagmanifest-sha256.txt.p7s"


@pytest.fixture(scope="module")
def package(standing: Any) -> Path:
    return standing.first


def run(*command: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True, timeout=60)


def test_our_own_verification_passes_with_the_log(standing: Any, package: Path) -> None:
    result = standing.site.verify(package, log=standing.site.database)
    assert result.ok, [str(check) for check in result.checks]
    assert [c.name for c in result.checks if c.ok is None] == ["checkpoint", "document"]


def test_without_a_log_it_says_so_and_judges_the_rest(standing: Any, package: Path) -> None:
    result = standing.site.verify(package)
    assert result.ok
    assert next(str(check) for check in result.checks if check.name == "log").startswith("log: not checked")


def test_bagit_validates_it_in_a_process_of_its_own(package: Path) -> None:
    done = run(sys.executable, "-m", "bagit", "--validate", package)
    assert done.returncode == 0, done.stderr


def test_sha256sum_accepts_both_manifests(package: Path) -> None:
    for name in ("tagmanifest-sha256.txt", "manifest-sha256.txt"):
        done = run("sha256sum", "--strict", "-c", name, cwd=package)
        assert done.returncode == 0, done.stdout


def test_openssl_verifies_seal_and_token_today(standing: Any, package: Path) -> None:
    authority = standing.site.authority
    seal = run(
        *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", P7S),
        *("-content", "tagmanifest-sha256.txt", "-CAfile", authority.ca, "-out", "/dev/null"),
        cwd=package,
    )
    assert seal.returncode == 0, seal.stderr
    token = run("openssl", "ts", "-verify", "-data", P7S, "-in", f"{P7S}.tsr", "-CAfile", authority.tsa_ca, cwd=package)
    assert token.returncode == 0, token.stdout + token.stderr


def test_the_script_in_the_package_passes_from_anywhere(standing: Any, package: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(package, tmp_path / "carried off")
    authority, number = standing.site.authority, standing.seal_sha256[:16]
    done = run("sh", copy / "data/verify/verify.sh", authority.ca, authority.tsa_ca, number, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout
    assert done.stdout.endswith("VERIFIED\n")
    steps = ("document", "tagmanifest", "manifest", "set", "structure", "token", "seal", "clip", "photos")
    assert all(f"ok      {name}:" in done.stdout for name in steps), done.stdout


def test_the_script_fails_on_an_altered_copy_and_names_the_step(
    standing: Any, package: Path, writable: Callable[[Path], Path]
) -> None:
    copy = writable(package)
    (copy / "data/alert.json").write_bytes(b"{}")
    done = run("sh", copy / "data/verify/verify.sh", standing.site.authority.ca, standing.site.authority.tsa_ca)
    assert done.returncode == 1
    assert "FAILED  manifest" in done.stdout


def test_record_is_canonical_and_lists_every_other_payload_file(package: Path) -> None:
    data = (package / "data/record.json").read_bytes()
    record = json.loads(data)
    assert rfc8785.dumps(record) == data
    payload = {path.relative_to(package).as_posix() for path in (package / "data").rglob("*") if path.is_file()}
    assert {entry["path"] for entry in record["files"]} == payload - {"data/record.json"}


def test_panoramas_lie_ten_seconds_apart_and_each_photo_names_its_frame(package: Path) -> None:
    first, second, close_up = json.loads((package / "data/record.json").read_bytes())["photos"]
    assert [first["frame_index_in_clip"], second["frame_index_in_clip"]] == [0, 50]
    assert (first["captured_utc"], second["captured_utc"]) == ("2026-05-12T08:15:00.000Z", "2026-05-12T08:15:10.000Z")
    assert close_up["crop"] == [310, 170, 430, 250]
    assert (close_up["width"], close_up["height"]) == (120, 80)


def test_packets_csv_is_what_ffmpeg_prints(package: Path) -> None:
    clip = package / "data/clip/clip.mp4"
    done = run("ffmpeg", "-v", "error", "-i", clip, "-c", "copy", "-f", "framehash", "-hash", "sha256", "-")
    printed = [line.rsplit(",", 1)[1].strip() for line in done.stdout.splitlines() if not line.startswith("#")]
    table = (package / "data/clip/packets.csv").read_text().splitlines()[1:]
    assert [row.rsplit(",", 1)[1] for row in table] == printed
    assert len(printed) == 60


def test_files_are_read_only_and_seal_takes_new_ones_only(standing: Any, package: Path) -> None:
    assert all(path.stat().st_mode & 0o222 == 0 for path in package.rglob("*") if path.is_file())
    assert package.stat().st_mode & 0o222 == 0
    store = standing.site.store
    with pytest.raises(FileExistsError):
        store.add_seal_file(package.name, "tagmanifest-sha256.txt.p7s.tsr", b"another")


def test_footage_of_the_dwell_is_sealed_with_its_own_table(site: Any, scene: Any, request_of: Any) -> None:
    source_start = scene.cut.started_at
    first_gop = tuple(
        packet for packet in scene.cut.packets if packet.captured_at < source_start + timedelta(seconds=2)
    )
    gop = replace(scene.cut, packets=first_gop)
    later = replace(scene.cut, packets=scene.cut.packets[10:])
    sealed = site.sealed_and_stamped(
        request_of(
            cut=later,
            dwell_cuts=(gop,),
            observations=({"at": "2026-05-12T08:15:00.000Z", "kind": "stall"},),
        )
    )
    record = json.loads((sealed.path / "data/record.json").read_bytes())
    assert record["photos"][0]["clip"] == "data/dwell/0001.mp4"
    assert record["dwell"][0]["packets"] == len(first_gop)
    assert (sealed.path / "data/dwell/observations.jsonl").read_text().count("\n") == 1
    result = site.verify(sealed.path)
    assert result.ok, [str(check) for check in result.checks]
    script = run("sh", sealed.path / "data/verify/verify.sh", site.authority.ca, site.authority.tsa_ca)
    assert script.returncode == 0, script.stdout


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("annexb.ts", "libx264", "yuv420p"),
        ("no-dts.mkv", "libx264", "yuv420p"),
        ("full-range.mp4", "libx264", "yuvj420p"),
        ("hevc.mp4", "libx265", "yuv420p"),
        ("hevc.ts", "libx265", "yuv420p"),
    ],
)
def test_whatever_the_camera_sends_packets_and_frames_match_what_ffmpeg_prints(
    site: Any, request_of: Any, filmed: Any, tmp_path: Path, name: str, codec: str, pix_fmt: str
) -> None:
    scene = filmed(tmp_path / name, codec, pix_fmt)
    photos = [Photo(PhotoRole.PANORAMA, scene.frames[n]) for n in (0, 27)]
    sealed = site.sealed_and_stamped(request_of(cut=scene.cut, photos=photos, detections=()))
    result = site.verify(sealed.path, log=site.database)
    assert result.ok, [str(check) for check in result.checks]
    done = run("sh", sealed.path / "data/verify/verify.sh", site.authority.ca, site.authority.tsa_ca)
    assert done.returncode == 0, done.stdout


def test_a_close_up_outside_the_frame_is_refused_and_leaves_nothing(site: Any, scene: Any, request_of: Any) -> None:
    wrong = (Photo(PhotoRole.CLOSE_UP, scene.frames[0], (2000.0, 10.0, 2100.0, 50.0)),)
    with pytest.raises(BadInput, match="E_PHOTO_CROP"):
        site.sealer.seal(request_of(photos=wrong))
    assert list(site.store.list()) == []
    assert list(site.store.root.glob(".tmp-*")) == []


@pytest.mark.parametrize("missing", ["id", "kind", "opened", "raised"])
def test_an_alert_without_its_essentials_is_refused(request_of: Callable[..., SealRequest], missing: str) -> None:
    alert = {key: value for key, value in request_of().alert.items() if key != missing}
    with pytest.raises(BadInput, match="E_SEAL_REQUEST"):
        replace(request_of(), alert=alert)
