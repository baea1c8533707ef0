"""Both languages say the same things, and every text that a page asks for is there."""

import re
from pathlib import Path

import pytest

import console
from console.formats import duration, law, money
from console.i18n import LANGUAGES, words
from detectors import Violation
from evidence import Purpose
from notify import Role
from streams import ObjectKind

FOLDER = Path(console.__file__).parent
SOURCES = [*FOLDER.rglob("*.html"), *FOLDER.rglob("*.py")]
ASKED = {
    key
    for path in SOURCES
    for key in re.findall(r"""\bt\(\s*["']([a-z_]+(?:\.[A-Za-z0-9_]+)+)["']""", path.read_text())
}


def test_both_dictionaries_have_the_same_keys() -> None:
    zh, en = (words(language).keys for language in LANGUAGES)
    assert zh == en


def test_pages_ask_for_many_texts() -> None:
    assert len(ASKED) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_that_a_page_asks_for_is_there(language: str) -> None:
    assert ASKED - words(language).keys == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_role_and_purpose_has_a_name(language: str) -> None:
    wanted = {
        *(f"kind.{kind}" for kind in Violation),
        *(f"object.{kind}" for kind in ObjectKind),
        *(f"role.{role}" for role in Role),
        *(f"purpose.{purpose.value}" for purpose in Purpose),
    }
    assert wanted - words(language).keys == set()


def test_no_chinese_is_left_in_the_english_dictionary() -> None:
    english = (FOLDER / "locales/en.yaml").read_text("utf-8")
    assert not re.search(r"[\u4e00-\u9fff]", english)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (0, "0秒", "0 s"),
        (59.6, "1分", "1 min"),
        (184, "3分4秒", "3 min 4 s"),
        (90061, "1天1小时", "1 d 1 h"),
        (None, "—", "—"),
    ],
)
def test_lengths_of_time_read_in_their_two_largest_units(seconds: float | None, zh: str, en: str) -> None:
    assert (duration(seconds, words("zh-CN")), duration(seconds, words("en"))) == (zh, en)


def test_money_is_shown_in_yuan() -> None:
    assert [money(fen) for fen in (0, 5, 10000, 123456789, None)] == ["¥0.00", "¥0.05", "¥100.00", "¥1,234,567.89", "—"]


@pytest.mark.parametrize(
    ("cited", "zh"),
    [
        ("APL 67", "《行政处罚法》第67条"),
        ("APL 61(2); ACL 35, 54", "《行政处罚法》第61(2)条、《行政强制法》第35, 54条"),
        ("SH-CG18 26", "《上海市城市管理行政执法条例（2018年文本）》第26条"),
        ("engineering default", "工程默认值"),
        ("", ""),
    ],
)
def test_statutes_are_cited_by_their_titles(cited: str, zh: str) -> None:
    assert law(cited, words("zh-CN")) == zh
