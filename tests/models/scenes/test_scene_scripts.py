"""Scripts as files."""

from pathlib import Path

import pytest

from models.scenes import compose_day, dump_script, load_script
from records import BadInput

SCRIPTS = sorted((Path(__file__).parents[3] / "configs" / "scenes").glob("*.yaml"))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_scripts_that_come_with_the_program_are_read(path: Path) -> None:
    script = load_script(path)
    names = {actor.id for actor in script.actors}
    assert script.sources
    assert all(name in names for one in script.incidents for name in one.actors)


def test_a_written_script_is_read_back_as_it_was(tmp_path: Path) -> None:
    script = compose_day(4)
    path = tmp_path / "day.yaml"
    path.write_text(dump_script(script), encoding="utf-8")
    assert load_script(path) == script


def test_an_unknown_key_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(SCRIPTS[0].read_text(encoding="utf-8") + "\nwether: rain\n", encoding="utf-8")
    with pytest.raises(BadInput, match="wether") as caught:
        load_script(path)
    assert caught.value.code == "E_SCRIPT_INVALID"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (": : :", "E_SCRIPT_INVALID"),  # not YAML
        ("- a list", "E_SCRIPT_INVALID"),  # YAML, but no script
        (None, "E_SCRIPT_MISSING"),
    ],
)
def test_what_is_no_script_is_refused(tmp_path: Path, text: str | None, code: str) -> None:
    path = tmp_path / "script.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_script(path)
    assert caught.value.code == code
