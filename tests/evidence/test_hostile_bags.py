"""Bags made to mislead: what the Library of Congress' conformance suite tries, and more, against our verifier."""

import hashlib
import os
from pathlib import Path

import pytest

from evidence.bag import manifest
from evidence.checks import MOST_FILES


@pytest.fixture
def bag(standing, writable) -> Path:
    return writable(standing.first)


def failed(standing, package: Path) -> set[str]:
    return set(standing.site.verify(package, footage=False).failed)


def list_also(package: Path, name: str, data: bytes = b"x") -> None:
    """Name one more file in the manifest, with the sum of `data`, and mend the tag manifest."""
    path = package / "manifest-sha256.txt"
    path.write_text(path.read_text() + f"{hashlib.sha256(data).hexdigest()}  {name}\n")
    mend_tags(package)


def mend_tags(package: Path) -> None:
    tags = ("bagit.txt", "bag-info.txt", "manifest-sha256.txt")
    sums = {name: hashlib.sha256((package / name).read_bytes()).hexdigest() for name in tags}
    (package / "tagmanifest-sha256.txt").write_bytes(manifest(sums))


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "~/x",
        "~root/x",
        "../outside",
        "data/../../outside",
        "data/./x",
        "data//x",
        "data/%2e%2e/outside",
        "data/a%0Ab",
        "data/照片.jpg",
        "data/a b.jpg",
        "data\\windows\\x",
        "C:/x",
        "data/.hidden",
        "data/-rf",
        "data/x\r",
        "seal/x",
        "bagit.txt",
    ],
)
def test_a_manifest_names_only_plain_files_under_data(standing, bag, name):
    (bag.parent / "outside").write_bytes(b"x")
    list_also(bag, name)
    assert "manifest" in failed(standing, bag), name


@pytest.mark.parametrize(
    "text",
    [
        "fetch.txt",
        "manifest-md5.txt",
        "manifest-sha512.txt",
        "tagmanifest-sha512.txt",
        "metadata.xml",
        "bagit.txt~",
    ],
)
def test_no_other_tag_file_is_taken(standing, bag, text):
    (bag / text).write_text("http://example.invalid/x 1 data/photos/p1.jpg\n")
    assert "structure" in failed(standing, bag)


@pytest.mark.parametrize(
    "declaration",
    [
        "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n",
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n",
        " BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "\ufeffBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "BagIt-Version: 1.0\r\nTag-File-Character-Encoding: UTF-8\r\n",
        "",
    ],
)
def test_the_declaration_is_ours_to_the_byte(standing, bag, declaration):
    (bag / "bagit.txt").write_bytes(declaration.encode())
    mend_tags(bag)
    assert "structure" in failed(standing, bag)


@pytest.mark.parametrize("change", ["upper", "twice", "tab", "one-blank", "crlf", "short", "empty"])
def test_lines_of_a_manifest_have_one_form(standing, bag, change):
    path = bag / "manifest-sha256.txt"
    first, *rest = path.read_text().splitlines()
    changed = {
        "upper": [first[:64].upper() + first[64:]],
        "twice": [first, first],
        "tab": [first.replace("  ", "\t")],
        "one-blank": [first.replace("  ", " ")],
        "crlf": [first + "\r"],
        "short": [first[1:]],
        "empty": [first, ""],
    }[change]
    path.write_bytes(("\n".join([*changed, *rest]) + "\n").encode())
    mend_tags(bag)
    assert {"manifest", "seal"} <= failed(standing, bag)


def test_a_manifest_without_end_and_one_without_bottom_hold_nobody_up(standing, bag):
    path = bag / "manifest-sha256.txt"
    os.truncate(path, 65 * 1024 * 1024)  # a hole: longer than is read, and nothing on the disk
    assert {"tagmanifest", "manifest"} <= failed(standing, bag)


def test_more_files_than_any_package_has_are_not_counted_to_the_end(standing, bag, monkeypatch):
    monkeypatch.setattr("evidence.checks.MOST_FILES", 50)
    for n in range(60):
        (bag / "data" / f"f{n}").write_bytes(b"")
    result = standing.site.verify(bag, footage=False)
    detail = next(one.detail for one in result.checks if one.name == "structure")
    assert detail == "more than 50 files"
    assert MOST_FILES == 100_000


def test_folders_without_bottom_are_refused_as_empty_ones_are(standing, bag):
    deep = bag / "data"
    for _ in range(60):
        deep = deep / "d"
    deep.mkdir(parents=True)
    assert failed(standing, bag) == {"structure"}


def test_a_payload_oxum_that_lies_is_reported(standing, bag):
    info = bag / "bag-info.txt"
    lines = info.read_text().splitlines()
    info.write_text("\n".join(["Payload-Oxum: 1.1", *lines[1:]]) + "\n")
    mend_tags(bag)
    assert {"set", "seal"} <= failed(standing, bag)


@pytest.mark.parametrize("line", ["External-Identifier: another", "no colon", "X: 1\nX: 2"])
def test_a_label_given_twice_or_none_at_all_is_reported(standing, bag, line):
    info = bag / "bag-info.txt"
    info.write_text(info.read_text() + line + "\n")
    mend_tags(bag)
    assert "seal" in failed(standing, bag)


def test_a_record_nested_without_end_is_one_failed_check(standing, bag):
    (bag / "data/record.json").write_text("[" * 100_000)
    assert "record" in failed(standing, bag)
