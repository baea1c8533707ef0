import re
from pathlib import Path

import pytest
import yaml

from nonsite.settings import Settings, load_settings
from records import BadInput


def write(tmp_path, text):
    path = tmp_path / "settings.yaml"
    path.write_text(text)
    return path


def test_relative_paths_are_relative_to_the_file(tmp_path):
    settings = load_settings(
        write(tmp_path, "data: d\nstreet: s.yaml\nsources: [{id: cam, url: clips/a.mp4}, {id: b, url: 'rtsp://h/1'}]\n")
    )
    assert settings.data == tmp_path / "d"
    assert settings.sources[0].url == str(tmp_path / "clips/a.mp4")
    assert settings.sources[1].url == "rtsp://h/1"
    assert settings.database_url == str(tmp_path / "d" / "nonsite.db")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("data: d\nstreet: s\nsorces: []\n", "sorces"),  # a misspelt key
        ("data: d\n", "street"),  # a missing one
        ("data: d\nstreet: s\nsources: [{id: 'a b', url: x}]\n", "sources.0.id"),  # a bad value, deep down
        ("- 1\n", "mapping"),
        ("data: [", "not YAML"),
    ],
)
def test_a_bad_file_is_refused_with_the_field_at_fault(tmp_path, text, named):
    with pytest.raises(BadInput, match=named):
        load_settings(write(tmp_path, text))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="E_CONFIG"):
        load_settings(tmp_path / "none.yaml")


def test_the_example_settings_are_settings():
    from pathlib import Path

    settings = load_settings(Path(__file__).resolve().parents[2] / "configs" / "default.yaml")
    assert settings.profile == "pudong"


def test_the_settings_to_begin_with_explain_every_key_and_every_line_of_them_is_one():
    text = (Path(__file__).parents[2] / "configs" / "default.yaml").read_text()
    said = yaml.safe_load(re.sub(r"(?m)^( *)# (\w+: )", r"\1\2", text.partition("sources: []")[0]))
    assert Settings.model_validate(said).sources == ()
    assert {*said, "sources"} == set(Settings.model_fields)
