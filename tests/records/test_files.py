"""Files written whole, and faults of files that people write."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from records import BadInput, read_yaml, write_whole


class Person(BaseModel):
    login: str
    password: str
    roles: list[int]


def test_a_file_is_there_whole_or_as_it_was(tmp_path):
    path = tmp_path / "kept.json"
    write_whole(path, "街道")
    write_whole(path, b"later")
    assert path.read_bytes() == b"later" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(OSError):
        write_whole(tmp_path, b"a folder stands there")
    assert sorted(tmp_path.parent.glob(f".{tmp_path.name}*")) == []


def test_what_is_read_has_the_shape_that_was_asked_for(tmp_path):
    path = tmp_path / "tokens.yaml"
    path.write_text("one: a\ntwo: b\n")
    assert read_yaml(path, dict[str, str], "E_X", "") == {"one": "a", "two": "b"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("login: li\npassword: hidden\n", "roles: Field required"),
        ("login: li\npassword: hidden\nroles: [hidden]\n", "roles.0: "),
        ("- hidden\n", "all of it: "),
        ("login: li\npassword: 'hidden\n", "not YAML: .* in line 3"),
        (b"\xff\xfe\xfd", "not YAML"),
        (None, "No such file"),
    ],
)
def test_a_fault_is_told_by_file_and_field_and_never_by_value(tmp_path: Path, text: str | bytes | None, said: str):
    path = tmp_path / "users.yaml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput, match=f"E_USERS: .*users.yaml: {said}") as refused:
        read_yaml(path, Person, "E_USERS", "mend it")
    assert "hidden" not in str(refused.value) and "\n" not in str(refused.value)
