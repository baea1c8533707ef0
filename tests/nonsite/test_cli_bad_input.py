"""Every bad input, given to the program as a user would: one line, exit status 2, nothing left behind."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import yaml

from tests.nonsite.programs import nonsite

ROOT = Path(__file__).parents[2]
NETWORK = ROOT / "models" / "zoo" / "street-n"
# A camera 5 m up that looks north, 36 degrees down: pixel, longitude, latitude.
POINTS = (
    (230.0, 122.0, 121.499970793, 31.200088142),
    (331.0, 171.0, 121.499991208, 31.200072987),
    (713.0, 174.0, 121.50005416, 31.200072181),
    (214.0, 51.0, 121.499959309, 31.200119827),
    (538.0, 415.0, 121.500015729, 31.200032347),
    (20.0, 400.0, 121.499961923, 31.200033922),
)
SECRET = "hunter2"


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


def refused(folder: Path, code: str, names: tuple[object, ...], *arguments: object) -> str:
    """Run, and check all that holds for every refusal; its one line."""
    before = contents(folder)
    run = nonsite(folder, *arguments)
    assert run.returncode == 2, run.stderr
    assert run.stdout == ""
    line = run.stderr.removesuffix("\n")
    assert line.startswith(f"nonsite: {code}: ")
    assert "\n" not in line
    assert SECRET not in line
    for name in names:
        assert str(name) in line
    assert contents(folder) == before
    return line


def clip(path: Path, frames: int = 30) -> Path:
    """A few seconds of moving noise as H.264."""
    noise = np.random.default_rng(1).integers(0, 255, (96, 160, 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(noise, 3 * number, 1), format="bgr24")))
        container.mux(stream.encode())
    return path


def square(*corners: tuple[float, float]) -> dict:
    ring = [list(corner) for corner in (*corners, corners[0])]
    zone = {
        "layer": "vending_forbidden",
        "name": "z",
        "phase": "enforce",
        "legal_source": "s",
        "effective_from": "2026-01-01",
    }
    return {
        "type": "Feature",
        "id": "zone-7",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": zone,
    }


GOOD = ((121.5, 31.2), (121.501, 31.2), (121.501, 31.201), (121.5, 31.201))


def street(folder: Path, feature: dict | None = None) -> Path:
    path = folder / "street.yaml"
    features = [feature or square(*GOOD)]
    path.write_text(
        yaml.safe_dump({"street": "s", "crs": "EPSG:4490", "timezone": "Asia/Shanghai", "features": features})
    )
    return path


def settings(folder: Path, **more: object) -> Path:
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump({"data": "data", "street": "street.yaml", "profile": "demo", **more}))
    return path


def watching(folder: Path) -> None:
    points = [{"px": [x, y], "lonlat": [lon, lat]} for x, y, lon, lat in POINTS]
    source = {"image_size": [768, 432], "calibration": points}
    (folder / "watch.yaml").write_text(yaml.safe_dump({"street": "street.yaml", "source": source, "profile": "demo"}))


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


class TestSources:
    def test_a_missing_file(self, tmp_path):
        refused(tmp_path, "E_SOURCE_MISSING", ("clip.mp4", "no such file"), "detect", "clip.mp4")

    def test_an_empty_file(self, tmp_path):
        (tmp_path / "clip.mp4").touch()
        refused(tmp_path, "E_SOURCE_EMPTY", ("clip.mp4", "empty"), "detect", "clip.mp4", "--json")

    def test_a_truncated_file(self, tmp_path):
        path = clip(tmp_path / "clip.mp4")
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
        refused(tmp_path, "E_SOURCE_TRUNCATED", ("clip.mp4", "cut off"), "detect", "clip.mp4", "--json")

    def test_a_file_that_is_no_video(self, tmp_path):
        (tmp_path / "clip.mp4").write_text("a letter, not a video\n" * 50)
        refused(tmp_path, "E_SOURCE_NOT_VIDEO", ("clip.mp4",), "detect", "clip.mp4", "--json")

    @pytest.mark.parametrize("scheme", ["http", "rtsp"])
    def test_an_address_that_nobody_answers_at_without_telling_its_password(self, tmp_path, scheme):
        with socket.create_server(("127.0.0.1", 0)) as once:
            port = once.getsockname()[1]
        url = f"{scheme}://camera:{SECRET}@127.0.0.1:{port}/1"
        refused(tmp_path, "E_SOURCE_UNREACHABLE", (f"127.0.0.1:{port}",), "detect", url, "--json")

    def test_watching_a_missing_file(self, tmp_path):
        street(tmp_path)
        watching(tmp_path)
        refused(
            tmp_path, "E_SOURCE_MISSING", ("no.mp4",), "watch", "no.mp4", "--config", "watch.yaml", "--evidence", "out"
        )


class TestStreets:
    def test_a_polygon_that_crosses_itself(self, tmp_path):
        bow = square(GOOD[0], GOOD[2], GOOD[1], GOOD[3])
        line = refused(tmp_path, "E_STREET_FILE", ("zone-7",), "street", "check", street(tmp_path, bow), 121.5, 31.2)
        assert "cross" in line.lower()

    def test_an_unknown_key(self, tmp_path):
        zone = square(*GOOD)
        zone["properties"]["colour"] = "red"
        refused(tmp_path, "E_STREET_FILE", ("zone-7", "colour"), "street", "check", street(tmp_path, zone), 121.5, 31.2)

    def test_a_place_outside_its_coordinate_system(self, tmp_path):
        metres = square((440000, 3400000), (440100, 3400000), (440100, 3400100), (440000, 3400100))
        refused(
            tmp_path, "E_STREET_FILE", ("zone-7", "440000"), "street", "check", street(tmp_path, metres), 121.5, 31.2
        )

    def test_a_bad_street_stops_the_program_before_it_writes(self, tmp_path):
        street(tmp_path, square(GOOD[0], GOOD[2], GOOD[1], GOOD[3]))
        path = settings(tmp_path, console={"port": 0})
        refused(tmp_path, "E_STREET_FILE", ("zone-7",), "run", "--config", path)

    def test_a_bad_street_is_not_imported(self, tmp_path):
        bow = street(tmp_path, square(GOOD[0], GOOD[2], GOOD[1], GOOD[3]))
        path = settings(tmp_path)
        refused(tmp_path, "E_STREET_FILE", ("zone-7",), "street", "import", bow, "--config", path, "--publisher", "p")

    def test_validate_answers_no_with_every_fault_and_exit_status_1(self, tmp_path):
        zone = square(GOOD[0], GOOD[2], GOOD[1], GOOD[3])
        zone["properties"]["colour"] = "red"
        run = nonsite(tmp_path, "street", "validate", street(tmp_path, zone))
        assert run.returncode == 1
        assert "zone-7" in run.stdout
        assert "Traceback" not in run.stderr


class TestNetworks:
    def test_weights_without_a_card(self, tmp_path):
        shutil.copy(NETWORK / "weights.onnx", tmp_path)
        refused(tmp_path, "E_CARD_MISSING", ("card.yaml",), "detect", "x.mp4", "--model", "weights.onnx")

    def test_weights_with_another_hash(self, tmp_path):
        shutil.copy(NETWORK / "card.yaml", tmp_path)
        (tmp_path / "weights.onnx").write_bytes((NETWORK / "weights.onnx").read_bytes() + b"\0")
        refused(tmp_path, "E_HASH_MISMATCH", ("weights.onnx", "SHA-256"), "detect", "x.mp4", "--model", "card.yaml")

    def test_an_unknown_name(self, tmp_path):
        refused(tmp_path, "E_MODEL_UNKNOWN", ("eagle-9",), "detect", "x.mp4", "--model", "eagle-9")

    def test_sheets_without_a_set_to_make_them_of(self, tmp_path):
        refused(tmp_path, "E_OPTION", ("--data",), "models", "evaluate", "street-n", "--out", "sheets")

    def test_a_folder_that_holds_no_labelled_pictures(self, tmp_path):
        refused(tmp_path, "E_DATA_MISSING", ("mine",), "models", "evaluate", "street-n", "--data", "mine")

    def test_a_promotion_by_nobody_and_a_way_back_from_nothing(self, tmp_path):
        refused(tmp_path, "E_WHO", ("person",), "models", "promote", "street-n", "--by", "")
        refused(tmp_path, "E_MODEL_UNKNOWN", ("eagle-9",), "models", "promote", "eagle-9", "--by", "w", "--rollback")

    def test_pictures_of_a_chain_that_has_no_database(self, tmp_path):
        street(tmp_path)
        refused(
            tmp_path, "E_DATABASE", ("nonsite.db",), "models", "feedback", "--config", settings(tmp_path), "--out", "o"
        )


class TestSettings:
    def test_a_missing_file(self, tmp_path):
        refused(tmp_path, "E_CONFIG", ("none.yaml",), "run", "--config", "none.yaml")

    def test_an_unknown_key(self, tmp_path):
        street(tmp_path)
        path = settings(tmp_path, sorces=[])
        refused(tmp_path, "E_CONFIG", (path, "sorces"), "run", "--config", path)

    def test_a_source_without_a_view_of_the_ground(self, tmp_path):
        street(tmp_path)
        path = settings(tmp_path, console={"port": 0}, sources=[{"id": "cam-3", "url": "clip.mp4"}])
        refused(tmp_path, "E_CALIBRATION", ("cam-3",), "run", "--config", path)

    def test_a_profile_that_does_not_exist(self, tmp_path):
        street(tmp_path)
        path = settings(tmp_path, console={"port": 0}, profile="atlantis")
        refused(tmp_path, "E_PROFILE", ("atlantis",), "run", "--config", path)

    @pytest.mark.parametrize("role", ["worker", "hub", "console"])
    def test_a_role_of_its_own_needs_brokers(self, tmp_path, role):
        street(tmp_path)
        path = settings(tmp_path)
        refused(tmp_path, "E_CONFIG", ("kafka.servers", "nonsite run"), role, "--config", path)

    def test_a_vehicle_needs_a_hub(self, tmp_path):
        street(tmp_path)
        refused(tmp_path, "E_CONFIG", ("hub_url",), "patrol", "--config", settings(tmp_path))

    def test_cases_are_not_looked_up_in_a_database_that_is_not_there(self, tmp_path):
        refused(tmp_path, "E_DATABASE", ("nonsite.db",), "case", "list", "--config", settings(tmp_path))


class TestPlaces:
    def test_a_taken_port(self, tmp_path, taken):
        street(tmp_path)
        path = settings(tmp_path, console={"port": taken})
        refused(tmp_path, "E_PORT", (taken, "taken"), "run", "--config", path)

    def test_a_data_folder_that_cannot_be_written(self, tmp_path):
        street(tmp_path)
        (tmp_path / "data").write_text("a file, where a folder should be")
        path = settings(tmp_path, console={"port": 0})
        refused(tmp_path, "E_OUT", (tmp_path / "data",), "run", "--config", path)

    def test_a_demo_folder_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").touch()
        refused(tmp_path, "E_OUT", ("file/out",), "demo", "--no-serve", "--out", "file/out")

    def test_a_demo_never_clears_a_folder_that_is_not_its_own(self, tmp_path):
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.txt").write_text("years of work")
        refused(tmp_path, "E_OUT", ("out", "not empty"), "demo", "--no-serve", "--out", "out")

    def test_scenes_that_cannot_be_written(self, tmp_path):
        (tmp_path / "file").touch()
        script = ROOT / "configs" / "scenes" / "corner.yaml"
        refused(tmp_path, "E_OUT", ("file/out",), "models", "scenes", script, "--out", "file/out")

    def test_sealing_where_nothing_can_be_written(self, tmp_path):
        street(tmp_path)
        clip(tmp_path / "clip.mp4")
        (tmp_path / "file").touch()
        watching(tmp_path)
        arguments = ("clip.mp4", "--config", "watch.yaml", "--evidence", "file/out")
        refused(tmp_path, "E_OUT", ("file/out",), "watch", *arguments)
