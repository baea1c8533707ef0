"""`nonsite street` on real files: dry runs that keep nothing, GIS files in and out, differences."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from typer.testing import CliRunner

from geofence import load_street, open_street
from nonsite.commands.street import app

EXAMPLE = Path(__file__).parents[2] / "configs" / "streets" / "example.yaml"
run = CliRunner()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump({"data": "data", "street": str(EXAMPLE)}))
    return path


def ask(*given: object) -> tuple[int, str]:
    answer = run.invoke(app, [str(one) for one in given])
    return answer.exit_code, answer.stdout


def test_a_dry_run_says_and_draws_what_would_change_and_keeps_nothing(settings: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "difference.geojson"
    importing = ("import", EXAMPLE, "--config", settings, "--publisher", "office")
    code, said = ask(*importing, "--dry-run", "--map", drawn)
    count = len(load_street(EXAMPLE).layers.features)
    assert code == 0 and said.splitlines()[-1] == f"{count} changes"
    assert len(json.loads(drawn.read_text())["features"]) == count
    assert ask("export", "--config", settings)[0] != 0, "nothing is published yet"
    assert ask(*importing)[0] == 0
    assert ask(*importing, "--dry-run")[1] == "0 changes\n"


@pytest.mark.parametrize("suffix", ["svg", "html"])
def test_a_dry_run_draws_a_picture_that_needs_nothing_else(settings: Path, tmp_path: Path, suffix: str) -> None:
    importing = ("--config", settings, "--publisher", "office")
    assert ask("import", EXAMPLE, *importing)[0] == 0
    document = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    moved, gone = document["features"][0], document["features"].pop(1)
    fresh = deepcopy(document["features"][2])
    shift = [[round(lon + 2e-5, 8), lat] for lon, lat in moved["geometry"]["coordinates"][0]]
    moved["geometry"]["coordinates"] = [shift]
    fresh.update(id="new-1", properties={**fresh["properties"], "name": "新 & <增>"})
    document["features"].append(fresh)
    changed, drawn = tmp_path / "changed.yaml", tmp_path / f"difference.{suffix}"
    changed.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    code, said = ask("import", changed, *importing, "--dry-run", "--map", drawn)
    assert (code, said.splitlines()[-1]) == (0, "3 changes")
    text = drawn.read_text(encoding="utf-8")
    picture = ElementTree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6])
    titles = [one.text or "" for one in picture.iter("{http://www.w3.org/2000/svg}title")]
    labels = [one.text for one in picture.iter("{http://www.w3.org/2000/svg}text")]
    kinds = [title.split()[1].rstrip(":") for title in titles if ": " in title]
    assert sorted(kinds) == ["added", "after", "before", "removed"]
    assert {gone["id"], moved["id"], "new-1"} <= {str(label).split()[-1] for label in labels}
    assert "新 & <增> new-1" in labels and any(str(label).endswith(" m") for label in labels)
    assert "http" not in text.replace("http://www.w3.org/2000/svg", ""), "nothing is fetched from anywhere"
    assert ask("diff", EXAMPLE, changed, "--map", tmp_path / "no" / "folder.svg")[0] != 0


@pytest.mark.parametrize("name", ["street.gpkg", "shapes"])
def test_what_is_exported_is_imported_to_the_same_version(settings: Path, tmp_path: Path, name: str) -> None:
    assert ask("import", EXAMPLE, "--config", settings, "--publisher", "office")[0] == 0
    assert ask("export", "--config", settings, "--out", tmp_path / name)[0] == 0
    assert open_street(tmp_path / name).version == load_street(EXAMPLE).version
    assert ask("validate", tmp_path / name) == (0, "ok\n")
    assert ask("diff", EXAMPLE, tmp_path / name) == (0, "0 changes\n")


def test_a_difference_of_two_files_is_named_by_feature_and_field(tmp_path: Path) -> None:
    document = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    zone = next(one for one in document["features"] if one["id"] == "bikes-north")
    zone["properties"]["phase"] = "warn"
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    code, said = ask("diff", EXAMPLE, other)
    assert (code, said.splitlines()[0]) == (1, "changed bike_managed bikes-north: phase: enforce → warn")
    code, told = ask("diff", EXAMPLE, other, "--json")
    assert json.loads(told)["changes"][0]["fields"] == [{"field": "phase", "before": "enforce", "after": "warn"}]
