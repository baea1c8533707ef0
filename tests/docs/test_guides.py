"""The guides say what the screens say: every quoted word, step, state, role, code and key is the program's own."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.i18n import words
from notify.actors import Role
from notify.documents.kinds import KINDS
from notify.states import TITLES
from notify.table import STEPS

ROOT = Path(__file__).resolve().parents[2]
GUIDES = ("docs/operator.md", "docs/clerk.md")
PAGES = ("README.md", "README.zh-CN.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _pairs() -> Iterator[tuple[str, str]]:
    """Every (Chinese, English) pair that a screen can show."""
    zh, en = words("zh-CN"), words("en")
    yield from ((zh(key), en(key)) for key in zh.keys & en.keys)
    yield from TITLES.values()
    for step in STEPS:
        yield step.zh, step.en
        yield from ((field.zh, field.en) for field in step.fields)
        yield from ((choice.zh, choice.en) for field in step.fields for choice in field.choices)
    yield from ((kind.title, kind.en) for kind in KINDS.values())


CHINESE = {zh for zh, _ in _pairs()}
ENGLISH = {en for _, en in _pairs()}


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_quotes_stands_on_a_screen(guide: str) -> None:
    zh_part, en_part = _text(guide).split("\n---\n")
    quoted_zh = set(re.findall(r"“([^”]+)”", zh_part))
    quoted_en = set(re.findall(r'"([^"]+)"', en_part.replace("\n", " ")))
    assert quoted_zh and quoted_en
    assert quoted_zh - CHINESE == set()
    assert quoted_en - ENGLISH == set()


def test_the_main_way_names_states_roles_and_steps_as_the_table_does() -> None:
    states = {f"{state.value} {zh} {en}": state for state, (zh, en) in TITLES.items()}
    roles = {f"{role.zh} {words('en')('role.' + role.value)}": role for role in Role}
    steps = {f"{step.zh} {step.en}": step for step in STEPS}
    rows = re.findall(r"^\| ([AB]\d+ .+?) \| (.+?) \| (.+?) \|$", _text("docs/clerk.md"), re.MULTILINE)
    assert len(rows) > 15
    for state, role, titles in rows:
        for title in titles.split(" · "):
            step = steps[title]
            assert states[state] in step.sources, (state, title)
            assert roles[role] in step.roles, (role, title)


@pytest.mark.parametrize("guide", GUIDES)
def test_every_code_of_a_guide_is_one_that_the_chain_refuses_with(guide: str) -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "notify").rglob("*.py"))
    codes = set(re.findall(r"E_[A-Z0-9_]+", _text(guide)))
    assert codes
    assert {code for code in codes if f'"{code}"' not in source} == set()


def test_the_keys_of_the_wall_are_those_of_its_help() -> None:
    shown = re.search(r"for key, what in \((.+?)\) %}", _text("console/templates/wall.html"))
    assert shown is not None
    keys = set(re.findall(r"\(\"(.+?)\",", shown.group(1)))
    named = set(re.findall(r"`([^`]+)`", _text("docs/operator.md").split("## 快捷键")[1].split("## ")[0]))
    assert {one for key in keys for one in key.split("  ")} == named


@pytest.mark.parametrize("page", PAGES)
def test_links_of_a_page_lead_to_files_and_headings(page: str) -> None:
    text, folder = _text(page), (ROOT / page).parent
    headings = {_anchor(line) for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings, target
        elif "://" not in target:
            assert (folder / target.split("#")[0]).exists(), target


def test_the_page_of_the_chain_is_the_transition_table() -> None:
    spec = importlib.util.spec_from_file_location("chain_doc", ROOT / "scripts" / "chain_doc.py")
    assert spec is not None and spec.loader is not None
    writer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writer)
    assert _text("docs/chain.md") == writer.page(), "run .venv/bin/python scripts/chain_doc.py"


def test_both_readmes_lead_to_the_same_places() -> None:
    english, chinese = (set(re.findall(r"\]\(([^)]+)\)", _text(name))) for name in ("README.md", "README.zh-CN.md"))
    assert english - {"README.zh-CN.md"} == chinese - {"README.md"}
    commands = [set(re.findall(r"`(nonsite [^`]+)`", _text(name))) for name in ("README.md", "README.zh-CN.md")]
    assert commands[0] == commands[1]


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
