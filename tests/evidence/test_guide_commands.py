"""The expert's guide: every block of commands, in both languages, runs as printed on a package just sealed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evidence import Anchor, FolderPlace, Sealer, SealProfile, SoftwareSm2, StampBy, load_trust

GUIDE = (Path(__file__).parents[2] / "docs/evidence-verification.md").read_text(encoding="utf-8")
CHINESE, ENGLISH = (re.findall(r"```sh\n(.*?)```", part, re.DOTALL) for part in GUIDE.split("## English", maxsplit=1))
SCRIPT, HAND, BAGIT, LOG, NATIONAL = range(5)


def commands(block: str) -> list[str]:
    return [line.split(" #")[0].rstrip() for line in block.splitlines() if not line.lstrip().startswith("#")]


@pytest.fixture
def desk(site: Any, request_of: Any, writable: Callable[[Path], Path], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """What lies on an expert's desk: the package with both seals, anchored, and what he got from elsewhere."""
    key = SoftwareSm2.create(tmp_path / "sm2.key")
    signer, desk = site.authority.sealing_signer(), tmp_path / "desk"
    sealer = Sealer(site.store, site.database, "worker-1", signer, site.clock, SealProfile("Demo"), key)
    sealed = sealer.seal(request_of())
    client = site.tsa()
    assert site.stamper(client).drain().stamped == [sealed.package_id]
    by, place = StampBy([client], load_trust(site.authority.tsa_ca)), FolderPlace(desk / "checkpoints")
    anchor = Anchor(site.database, site.database, site.store, "demo", signer, site.clock, by, [place])
    assert anchor.tick().proved == [sealed.package_id]
    shutil.move(writable(sealed.path), desk / "package")
    shutil.copyfile(site.authority.ca, desk / "ca.pem")
    shutil.copyfile(site.authority.tsa_ca, desk / "tsa-ca.pem")
    (desk / "sm2.pem").write_bytes(key.public_key)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return desk, {**os.environ, "PATH": path, "SEAL": sealed.seal_sha256[:16], "NUMBER": sealed.package_id}


def run(blocks: list[str], desk: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    text = "\n".join(blocks)
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", text], cwd=desk, env=environment, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip


def test_both_languages_print_the_same_commands() -> None:
    assert len(CHINESE) == len(ENGLISH) == 5
    assert [commands(block) for block in CHINESE] == [commands(block) for block in ENGLISH]


def test_every_block_runs_as_printed_and_prints_what_the_package_says(desk: Any) -> None:
    folder, environment = desk
    done = run(CHINESE, folder, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    table = (folder / "package/data/clip/packets.csv").read_text().splitlines()[1:]
    frames = (folder / "package/data/photos/frames.csv").read_text().splitlines()[1:]
    assert table and frames
    assert all(row.rsplit(",", 1)[1] in done.stdout for row in (*table, *frames))
    assert "VERIFIED" in done.stdout and "not checked" not in done.stdout
    first, second = re.findall(r"^([0-9a-f]{64}) [ *]+data/record\.json$", done.stdout, re.MULTILINE)
    assert first == second
    assert done.stdout.count("Signature Verified Successfully") == 2


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("file", "block"),
    [
        ("package/data/clip/clip.mp4", HAND),
        ("package/bag-info.txt", HAND),
        ("package/seal/tagmanifest-sha256.txt.p7s", HAND),
        ("package/data/clip/clip.mp4", BAGIT),
        ("checkpoints/checkpoint-3", LOG),
        ("package/seal/inclusion-3.txt", LOG),
        ("package/seal/tagmanifest-sha256.txt.sm2.sig", NATIONAL),
        ("package/seal/manifest-sm3.txt", NATIONAL),
    ],
)
def test_the_block_that_is_to_catch_it_stops_there(desk: Any, file: str, block: int) -> None:
    folder, environment = desk
    flip(folder / file)
    start = commands(CHINESE[HAND])[0]
    blocks = [CHINESE[HAND]] if block == HAND else [start, CHINESE[block]]
    done = run(blocks, folder, environment)
    assert done.returncode != 0, done.stdout


def test_another_valid_package_is_caught_by_the_numbers_on_the_document(desk: Any) -> None:
    folder, environment = desk
    for name, value in (("SEAL", "0" * 16), ("NUMBER", "0199f3c2-0000-7000-8000-00000000ffff")):
        assert run([CHINESE[HAND]], folder, {**environment, name: value}).returncode != 0
