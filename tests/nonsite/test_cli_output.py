"""What the commands print, given to programs and to people."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from nonsite.cli import app
from tests.nonsite.programs import nonsite

ROOT = Path(__file__).parents[2]


def test_detect_prints_one_json_line_a_frame(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a.jpg", "b.jpg"):
        cv2.imwrite(str(folder / name), np.full((96, 160, 3), 128, np.uint8))
    run = nonsite(tmp_path, "detect", "pictures", "--json", "--min-score", 0.01)
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["frame"] for line in lines] == [0, 1]
    for line in lines:
        assert list(line) == ["source", "frame", "pts_s", "width", "height", "detections"]
        assert (line["source"], line["width"], line["height"]) == ("pictures", 160, 96)
        for found in line["detections"]:
            assert list(found) == ["kind", "raw_class", "score", "box"]
            assert len(found["box"]) == 4


def test_a_network_is_measured_on_a_folder_of_labelled_pictures(tmp_path):
    for name in ("images", "labels"):
        (tmp_path / "mine" / name).mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "mine" / "images" / "a.jpg"), np.full((96, 160, 3), 128, np.uint8))
    (tmp_path / "mine" / "labels" / "a.txt").write_text("3 0.5 0.5 0.5 0.5\n")
    run = nonsite(tmp_path, "models", "evaluate", "street-n", "--data", "mine", "--json")
    assert run.returncode == 0, run.stderr
    answer = json.loads(run.stdout)
    assert answer["kinds"] == [
        {
            "split": "mine",
            "kind": "stall",
            "boxes": 1,
            "map50": None,
            "map50_95": None,
            "precision": None,
            "recall": None,
            "calibration_error": None,
        }
    ]
    assert answer["map50"] == {"mine": None}  # one box is too few to judge


def test_an_evaluation_leaves_sheets_to_look_at(tmp_path):
    (tmp_path / "mine" / "val").mkdir(parents=True)
    cv2.imwrite(str(tmp_path / "mine" / "val" / "a.jpg"), np.full((96, 160, 3), 128, np.uint8))
    row = {"file": "a.jpg", "kinds": ["stall"], "boxes": [["stall", 10, 10, 60, 60, 0, 1.0]]}
    (tmp_path / "mine" / "val" / "labels.jsonl").write_text(json.dumps(row) + "\n")
    options = ("--data", "mine", "--split", "val", "--out", "sheets", "--beside", "street-n", "--json")
    run = nonsite(tmp_path, "models", "evaluate", "street-n", *options)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout)["beside"]["mine"]["name"] == "street-n"
    names = {path.name for path in (tmp_path / "sheets").iterdir()}
    assert names == {"report.json", "reliability.svg", "confusion.json", "confusion.svg", "errors.png"}


def test_the_help_names_the_extra_that_training_needs(tmp_path):
    assert "[train]" in nonsite(tmp_path, "models", "train", "--help").stdout


@pytest.mark.parametrize(("profile", "status"), [("demo", 0), ("pudong", 1)])
def test_law_check_answers_by_exit_status_and_names_what_is_missing_and_for_what(tmp_path, profile, status):
    run = nonsite(tmp_path, "case", "law", "check", profile, "--json")
    answer = json.loads(run.stdout)
    assert run.returncode == status
    assert answer["ok"] is (status == 0)
    assert all(one["key"] and one["needed_for"] for one in answer["missing"])
    assert bool(answer["missing"]) is (status == 1)


def test_law_show_gives_each_value_its_source(tmp_path):
    run = nonsite(tmp_path, "case", "law", "show", "demo", "--json")
    values = {one["key"]: one for one in json.loads(run.stdout)["values"]}
    assert values["periods.pay_days"]["value"] == 15
    assert all(one["source"] for one in values.values())


def test_doctor_tells_what_works_here(tmp_path):
    run = nonsite(tmp_path, "doctor", "--json")
    answer = json.loads(run.stdout)
    by_name = {one["name"]: one for one in answer["checks"]}
    assert run.returncode == (0 if answer["ok"] else 1)
    assert by_name["weights"]["ok"], by_name["weights"]["detail"]
    assert by_name["video"]["ok"]


def commands(group, path=()):
    """Every command of the program, by its words."""
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_of_the_contract_is_there_and_says_what_it_does():
    import typer

    found = dict(commands(typer.main.get_command(app)))
    groups = {
        (): "demo run worker hub console patrol detect watch doctor",
        ("models",): "list show train export evaluate promote scenes feedback shadow",
        ("street",): "validate import export check diff",
        ("evidence",): "list show verify replay export bundle log absorb keep hold",
        ("case",): "list show step erase deadlines",
        ("case", "law"): "show check holidays",
        ("case", "registers"): "import colours",
        ("desk",): "recount publicities",
        ("db",): "upgrade grant check backup restore",
    }
    assert set(found) == {(*path, word) for path, words in groups.items() for word in words.split()}
    for words, command in found.items():
        assert command.help, words
        options = [option for option in command.params if option.name not in ("as_json", "help")]
        untold = [option.name for option in options if not getattr(option, "help", None) and option.name != "min"]
        assert set(untold) <= {"seed", "accuracy_m", "limit"}, (words, untold)
