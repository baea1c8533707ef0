"""The tamper matrix: every attack on a sealed package, and exactly which checks report it."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import av
import pytest
from asn1crypto import cms as asn1_cms
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence import LogHead, TsaClient, Verification, cms, create_ca, log_head
from evidence.bag import manifest
from records import Database

P7S = "seal/tagmanifest-sha256.txt.p7s"
TSR = f"{P7S}.tsr"
RECORD = "data/record.json"


@pytest.fixture
def copy(standing: Any, writable: Callable[[Path], Path]) -> Path:
    return writable(standing.first)


def failed(standing: Any, package: Path, **more: Any) -> set[str]:
    return set(standing.site.verify(package, log=standing.site.database, **more).failed)


def recompute_manifests(package: Path) -> None:
    """What an insider does after editing: every sum is right again."""
    payload = sorted(path for path in (package / "data").rglob("*") if path.is_file())
    sums = {path.relative_to(package).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in payload}
    (package / "manifest-sha256.txt").write_bytes(manifest(sums))
    oxum = f"{sum(path.stat().st_size for path in payload)}.{len(payload)}"
    info = package / "bag-info.txt"
    lines = [f"Payload-Oxum: {oxum}", *info.read_text().splitlines()[1:]]
    info.write_text("\n".join(lines) + "\n")
    tags = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
    sums = {name: hashlib.sha256((package / name).read_bytes()).hexdigest() for name in tags}
    (package / "tagmanifest-sha256.txt").write_bytes(manifest(sums))


def bagit_accepts(package: Path) -> bool:
    done = subprocess.run([sys.executable, "-m", "bagit", "--quiet", "--validate", str(package)], capture_output=True)
    return done.returncode == 0


def stamp_again(package: Path, client: TsaClient) -> None:
    (package / TSR).write_bytes(client.stamp((package / P7S).read_bytes())[0])


def test_an_untouched_copy_anywhere_is_good(standing: Any, copy: Path) -> None:
    assert failed(standing, copy.rename(copy.with_name("renamed"))) == set()


# 1 to 7: somebody without any key


def test_01_a_flipped_byte(standing: Any, copy: Path) -> None:
    photo = copy / "data/photos/p1.jpg"
    data = bytearray(photo.read_bytes())
    data[len(data) // 2] ^= 1
    photo.write_bytes(data)
    result = standing.site.verify(copy)
    assert set(result.failed) == {"manifest"}
    detail = next(check.detail for check in result.checks if check.name == "manifest")
    assert hashlib.sha256(data).hexdigest() in detail
    assert "data/photos/p1.jpg: expected" in detail


def test_02_a_truncated_file(standing: Any, copy: Path) -> None:
    os.truncate(copy / "data/photos/p2.jpg", 1000)
    assert failed(standing, copy) == {"manifest", "set", "record"}


def test_03_a_replaced_file(standing: Any, copy: Path) -> None:
    shutil.copyfile(standing.second / "data/alert.json", copy / "data/alert.json")
    assert "manifest" in failed(standing, copy)


def test_04_a_deleted_file(standing: Any, copy: Path) -> None:
    (copy / "data/model.json").unlink()
    assert failed(standing, copy) == {"manifest", "set", "record"}


def test_05_two_files_swapped(standing: Any, copy: Path) -> None:
    one, other = copy / "data/photos/p1.jpg", copy / "data/photos/p2.jpg"
    data = one.read_bytes(), other.read_bytes()
    one.write_bytes(data[1])
    other.write_bytes(data[0])
    assert "manifest" in failed(standing, copy)


def test_06_a_file_added_under_data(standing: Any, copy: Path) -> None:
    (copy / "data/photos/p9.jpg").write_bytes(b"planted")
    assert failed(standing, copy) == {"set"}


def test_07_bag_info_edited(standing: Any, copy: Path) -> None:
    info = copy / "bag-info.txt"
    info.write_text(info.read_text().replace("2026-05-12", "2026-05-11"))
    assert failed(standing, copy) == {"tagmanifest"}


# 8 to 14: insiders


def test_08_edited_with_all_manifests_recomputed(standing: Any, copy: Path) -> None:
    record = copy / RECORD
    record.write_bytes(record.read_bytes().replace(b'"offset_ms":12', b'"offset_ms":13'))
    recompute_manifests(copy)
    assert bagit_accepts(copy), "a bag shows fixity, not authenticity"
    result = standing.site.verify(copy)
    assert set(result.failed) == {"seal"}
    assert "over other content" in next(check.detail for check in result.checks if check.name == "seal")


def test_09_signed_anew_with_a_look_alike_certificate(standing: Any, copy: Path, tmp_path: Path) -> None:
    look_alike = create_ca(tmp_path / "look-alike", standing.site.clock)
    forged = cms.sign(
        (copy / "tagmanifest-sha256.txt").read_bytes(), look_alike.sealing_signer(), standing.site.clock.now()
    )
    (copy / P7S).write_bytes(forged)
    stamp_again(copy, standing.site.tsa())
    assert failed(standing, copy) == {"seal", "log"}


def test_10_edited_and_signed_again_with_the_stolen_key(standing: Any, copy: Path) -> None:
    (copy / "data/alert.json").write_bytes(b'{"id":"forged"}')
    recompute_manifests(copy)
    signer = standing.site.authority.sealing_signer()
    at = standing.site.clock.now() - timedelta(seconds=60)
    (copy / P7S).write_bytes(cms.sign((copy / "tagmanifest-sha256.txt").read_bytes(), signer, at))
    assert failed(standing, copy) == {"token", "record", "log"}, "the old token no longer matches, the log differs"


def test_11_the_seal_of_another_package(standing: Any, copy: Path) -> None:
    for name in (P7S, TSR):
        shutil.copyfile(standing.second / name, copy / name)
    assert failed(standing, copy) == {"seal", "log"}


def test_12_token_removed(standing: Any, copy: Path) -> None:
    (copy / TSR).unlink()
    result = standing.site.verify(copy)
    assert set(result.failed) == {"token"}
    assert result.pending


def test_13_token_of_another_package(standing: Any, copy: Path) -> None:
    shutil.copyfile(standing.second / TSR, copy / TSR)
    assert failed(standing, copy) == {"token"}
    assert not standing.site.verify(copy).pending


def test_14_token_by_a_self_made_authority(standing: Any, copy: Path, tmp_path: Path) -> None:
    own = create_ca(tmp_path / "own", standing.site.clock)
    stamp_again(copy, standing.site.tsa(authority=own))
    assert failed(standing, copy) == {"token"}


# 15: what nothing inside a package can show


def test_15_a_whole_valid_package_in_place_of_another(standing: Any) -> None:
    swapped = standing.second
    assert failed(standing, swapped) == set()
    assert failed(standing, swapped, expected_seal=standing.seal_sha256[:16]) == {"document"}
    assert failed(standing, swapped, expected_package=standing.first.name) == {"document"}
    assert failed(standing, standing.first, expected_seal=standing.seal_sha256) == set()


def test_15_a_seal_number_of_fewer_than_16_digits_proves_nothing(standing: Any) -> None:
    assert failed(standing, standing.first, expected_seal=standing.seal_sha256[:8]) == {"document"}


# 16 to 19: what the bag tools overlook


def test_16_an_extra_file_in_the_root(standing: Any, copy: Path) -> None:
    (copy / "notes.txt").write_text("hello")
    assert failed(standing, copy) == {"structure"}


def test_17_a_fetch_file(standing: Any, copy: Path) -> None:
    (copy / "fetch.txt").write_text("https://example.org/p9.jpg 10 data/photos/p9.jpg\n")
    assert failed(standing, copy) == {"structure"}


@pytest.mark.parametrize("where", ["data/photos/p9.jpg", "stray", "seal/sm2.pem"])
def test_18_a_symbolic_link(standing: Any, copy: Path, where: str) -> None:
    (copy / where).symlink_to("/etc/hostname")
    assert "structure" in failed(standing, copy)


def test_18_a_payload_file_replaced_by_a_link_to_its_own_copy(standing: Any, copy: Path, tmp_path: Path) -> None:
    aside = shutil.copyfile(copy / "data/model.json", tmp_path / "model.json")
    (copy / "data/model.json").unlink()
    (copy / "data/model.json").symlink_to(aside)
    assert {"structure", "manifest"} <= failed(standing, copy)


def test_18_a_pipe_holds_nobody_up(standing: Any, copy: Path) -> None:
    (copy / "data/model.json").unlink()
    os.mkfifo(copy / "data/model.json")
    assert {"structure", "manifest"} <= failed(standing, copy)


@pytest.mark.parametrize("where", ["data/photos/empty", "empty", "seal/empty"])
def test_19_an_empty_folder(standing: Any, copy: Path, where: str) -> None:
    (copy / where).mkdir()
    assert failed(standing, copy) == {"structure"}


# 20 to 23: the log, by whoever owns the database


@pytest.fixture
def dba(standing: Any, tmp_path: Path) -> Callable[[str], Database]:
    """The log after a statement by somebody who can take the triggers away."""

    def run(statement: str) -> Database:
        standing.site.database.engine.dispose()
        there = tmp_path / "log.sqlite"
        with sqlite3.connect(standing.site.folder / "machine.sqlite") as source, sqlite3.connect(there) as target:
            source.backup(target)
            for verb in ("update", "delete"):
                target.execute(f"DROP TRIGGER log_no_{verb}")
            target.execute(statement)
        return Database(there)

    return run


def log_check(standing: Any, log: Database, anchor: LogHead | None = None) -> str:
    result: Verification = standing.site.verify(standing.first, log=log, anchor=anchor)
    assert set(result.failed) <= {"log"}
    return next(check.detail for check in result.checks if check.name == "log" and check.ok is False)


def test_20_a_log_row_edited(standing: Any, dba: Callable[[str], Database]) -> None:
    log = dba("UPDATE log SET body = replace(body, 'STALL', 'STOLL') WHERE seq = 1")
    assert "row 1 was altered: expected hash" in log_check(standing, log)


def test_21_a_log_row_deleted(standing: Any, dba: Callable[[str], Database]) -> None:
    assert "row 2 is missing" in log_check(standing, dba("DELETE FROM log WHERE seq = 2"))


def test_22_the_tail_cut_behind_a_published_head(standing: Any, dba: Callable[[str], Database]) -> None:
    head = log_head(standing.site.database, "worker-1")
    assert head is not None
    log = dba("DELETE FROM log WHERE seq > 3")
    assert standing.site.verify(standing.first, log=log).ok, "a chain alone cannot see its own end cut"
    assert "the tail was cut: expected at least" in log_check(standing, log, head)


def test_22_the_tail_cut_with_the_seal_of_this_package(standing: Any, dba: Callable[[str], Database]) -> None:
    assert "expected one sealed row, found 0" in log_check(standing, dba("DELETE FROM log WHERE seq > 1"))


def test_23_the_log_rewritten_consistently_since_a_published_head(
    standing: Any, make_site: Callable[..., Any], request_of: Callable[..., Any]
) -> None:
    head = log_head(standing.site.database, "worker-1")
    other = make_site("rewritten", standing.site.clock, standing.site.authority)
    for n in range(4):
        other.sealer.seal(request_of(f"other-{n}"))
    package = next(other.store.list())
    result = other.verify(other.store.path(package), log=other.database, anchor=head)
    detail = next(check.detail for check in result.checks if check.name == "log")
    assert "rewritten since row" in detail


# 24: the clip


def test_24_one_packet_gone_and_all_manifests_recomputed(standing: Any, copy: Path) -> None:
    remux_without(copy / "data/clip/clip.mp4", gone=7)
    recompute_manifests(copy)
    result = standing.site.verify(copy)
    assert {"seal", "clip", "record"} <= set(result.failed)
    detail = next(check.detail for check in result.checks if check.name == "clip")
    assert "expected 60 packets, found 59; the first that differs is 7" in detail


def test_24_the_clip_check_stands_even_where_the_key_was_stolen(standing: Any, copy: Path) -> None:
    """Only who also forges packets.csv, record, seal, token and log passes: the hash table is one layer more."""
    remux_without(copy / "data/clip/clip.mp4", gone=7)
    recompute_manifests(copy)
    signer = standing.site.authority.sealing_signer()
    content = (copy / "tagmanifest-sha256.txt").read_bytes()
    (copy / P7S).write_bytes(cms.sign(content, signer, standing.site.clock.now()))
    stamp_again(copy, standing.site.tsa())
    assert {"clip", "record", "log"} <= failed(standing, copy)
    assert "seal" not in failed(standing, copy)


def remux_without(clip: Path, gone: int) -> None:
    shorter = clip.with_suffix(".shorter.mp4")
    with av.open(str(clip)) as source, av.open(str(shorter), "w", format="mp4") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for n, packet in enumerate(packet for packet in source.demux(video=0) if packet.size):
            if n != gone:
                packet.stream = stream
                target.mux_one(packet)
    shorter.replace(clip)


# the script in every package agrees with our verifier


def flip(copy: Path, _second: Path) -> None:
    (copy / "data/photos/p1.jpg").write_bytes(b"x")


def add(copy: Path, _second: Path) -> None:
    (copy / "data/photos/p9.jpg").write_bytes(b"planted")


def recompute(copy: Path, _second: Path) -> None:
    (copy / "data/alert.json").write_bytes(b"{}")
    recompute_manifests(copy)


def other_seal(copy: Path, second: Path) -> None:
    shutil.copyfile(second / P7S, copy / P7S)


def other_token(copy: Path, second: Path) -> None:
    shutil.copyfile(second / TSR, copy / TSR)


def no_token(copy: Path, _second: Path) -> None:
    (copy / TSR).unlink()


def fetch(copy: Path, _second: Path) -> None:
    (copy / "fetch.txt").write_text("")


def link(copy: Path, _second: Path) -> None:
    (copy / "data/link").symlink_to("record.json")


def pipe(copy: Path, _second: Path) -> None:
    (copy / "data/model.json").unlink()
    os.mkfifo(copy / "data/model.json")


def empty_folder(copy: Path, _second: Path) -> None:
    (copy / "data/empty").mkdir()


def hostile_table(copy: Path, _second: Path) -> None:
    table = copy / "data/photos/frames.csv"
    table.write_text(table.read_text().replace(",50,", ",a[$(touch pwned)],"))
    recompute_manifests(copy)


@pytest.mark.parametrize(
    ("tamper", "step"),
    [
        (flip, "manifest"),
        (add, "set"),
        (recompute, "seal"),
        (other_seal, "seal"),
        (other_token, "token"),
        (no_token, "token"),
        (fetch, "structure"),
        (link, "structure"),
        (pipe, "structure"),
        (empty_folder, "structure"),
        (hostile_table, "photos"),
    ],
)
def test_the_script_reports_it_too(
    standing: Any, copy: Path, tmp_path: Path, tamper: Callable[[Path, Path], None], step: str
) -> None:
    tamper(copy, standing.second)
    script = Path(standing.first / "data/verify/verify.sh")
    command = ["sh", script, standing.site.authority.ca, standing.site.authority.tsa_ca]
    environment = {**os.environ, "NONSITE_PACKAGE": str(copy)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=60)
    assert done.returncode == 1, done.stdout
    assert f"FAILED  {step}:" in done.stdout
    assert "VERIFIED" not in done.stdout.replace("NOT VERIFIED", "")
    assert not list(tmp_path.rglob("pwned"))


# beyond the matrix


def test_a_photo_that_is_no_frame_of_the_clip(
    standing: Any, make_site: Callable[..., Any], scene: Any, request_of: Callable[..., Any]
) -> None:
    """Somebody at the sealing machine passes another picture off as a frame of the clip."""
    from evidence import Photo, PhotoRole

    site = make_site("forger", standing.site.clock)
    planted = replace(scene.frames[3], pts_s=scene.frames[10].pts_s)
    sealed = site.sealed_and_stamped(request_of(photos=(Photo(PhotoRole.PANORAMA, planted),)))
    result = site.verify(sealed.path)
    assert set(result.failed) == {"photos"}
    assert "at index 10" in next(check.detail for check in result.checks if check.name == "photos")


def test_a_certificate_set_encoded_anew_changes_the_seal_number_not_the_signature(standing: Any, copy: Path) -> None:
    info = asn1_cms.ContentInfo.load((copy / P7S).read_bytes())
    info["content"]["certificates"].append(info["content"]["certificates"][0])
    (copy / P7S).write_bytes(info.dump(force=True))
    assert failed(standing, copy) == {"token", "log"}


def test_hard_links_and_odd_names_do_not_pass(standing: Any, copy: Path) -> None:
    (copy / "data/ p1.jpg").write_bytes(b"x")
    recompute_manifests(copy)
    assert {"manifest", "seal"} <= failed(standing, copy)


@pytest.mark.parametrize(
    "line",
    ["{0}  ../outside", "{0}  /etc/hostname", "{0}  data/../../outside", "{0} data/x", "{0}  data/%2e%2e/x", "x"],
)
def test_a_manifest_that_points_outside_is_refused(standing: Any, copy: Path, line: str) -> None:
    with (copy / "manifest-sha256.txt").open("a") as file:
        file.write(line.format("0" * 64) + "\n")
    result = standing.site.verify(copy)
    assert {"tagmanifest", "manifest"} <= set(result.failed)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.integers(0, 10_000), where=st.floats(0, 1), bit=st.integers(0, 7))
def test_any_flipped_bit_in_any_file_is_reported(
    standing: Any, tmp_path_factory: pytest.TempPathFactory, choice: int, where: float, bit: int
) -> None:
    files = sorted(path.relative_to(standing.first) for path in standing.first.rglob("*") if path.is_file())
    name = files[choice % len(files)]
    there = shutil.copytree(standing.first, tmp_path_factory.mktemp("flip") / "package")
    data = bytearray((there / name).read_bytes())
    data[min(int(where * len(data)), len(data) - 1)] ^= 1 << bit
    (there / name).chmod(0o644)
    (there / name).write_bytes(data)
    result = standing.site.verify(there, log=standing.site.database)
    shutil.rmtree(there)
    assert not result.ok, name
