"""Profiles: inheritance, dates, marks; what is unknown stops and is listed."""

from datetime import date

import pytest

from notify import check, law_folder, load_profile
from records import BadInput, Refused

NAMES = ("shanghai", "pudong", "shanghai_other", "huzhou", "demo")


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_loads_and_every_value_has_its_source_and_mark(name):
    profile = load_profile(name)
    assert profile.lineage[0] == name and profile.lineage[-1] == "national"
    assert all(entry.source and entry.mark for entries in profile.values.values() for entry in entries)


def test_the_demo_profile_lacks_nothing_and_says_that_it_binds_nobody():
    profile = load_profile("demo")
    assert check(profile) == [] and profile.is_trial
    assert all(
        entry.mark == "demo" for entries in profile.values.values() for entry in entries if entry.profile == "demo"
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name != "demo"])
def test_the_real_profiles_name_what_they_lack_and_claim_no_demo_value(name):
    profile = load_profile(name)
    assert "matters.STALL.fine.min_yuan" in [gap.key for gap in check(profile)]
    assert not profile.is_trial


def test_a_null_stops_with_the_key_and_its_reason():
    with pytest.raises(Refused, match=r"E_PROFILE_INCOMPLETE.*matters\.STALL\.fine\.min_yuan.*amount not seen"):
        load_profile("pudong").get("matters.STALL.fine.min_yuan")


def test_pudong_adds_to_shanghai_what_only_its_regulation_gives():
    pudong, other = load_profile("pudong"), load_profile("shanghai_other")
    assert (pudong.get("camera_authority"), other.get("camera_authority")) == ("direct", "lead_only")
    assert (pudong.get("sms_for_prior_notice"), other.get("sms_for_prior_notice")) == (True, False)
    assert pudong.get("public_notice_days") == 60 and load_profile("huzhou").get("public_notice_days") == 30


def test_a_dated_value_holds_on_its_days():
    key = "competence.BIKE_CLUTTER.SHARED_BIKE_CLUTTER"
    profile = load_profile("huzhou")
    assert profile.get(key, date(2023, 12, 31)) == "交通运输"
    assert not profile.known(key, date(2024, 1, 1)) and not profile.known(key)


BASE = "name: x\ntitle: {zh: x, en: x}\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (BASE + "values: {camera_authority: {value: direct, source: s}}", "needs value, source and mark"),
        (BASE + "values: {camera_authority: {value: direct, source: s, mark: sure}}", "mark 'sure'"),
        (BASE + "values: {camera_authority: {value: maybe, source: s, mark: test}}", "not direct|lead_only"),
        (BASE + "values: {colour: {value: red, source: s, mark: test}}", "unknown key colour"),
        (BASE + "values: {periods: {pay_days: {value: -1, source: s, mark: test}}}", "not int"),
        (BASE + "values: {periods: {pay_days: 15}}", "needs value, source and mark"),
        ("name: y\ntitle: {zh: x, en: x}\nvalues: {}", "name must be x"),
        (BASE + "inherits: x\nvalues: {}", "inherits itself"),
        (BASE + "colour: red\nvalues: {}", "unknown: ['colour']"),
        ("values: [", "E_PROFILE"),
    ],
)
def test_a_faulty_profile_is_refused_at_the_door(tmp_path, text, fault):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(BadInput) as caught:
        load_profile("x", tmp_path)
    assert fault in str(caught.value)


def test_a_missing_profile_says_which_there_are():
    with pytest.raises(BadInput, match="there are: demo, huzhou"):
        load_profile("atlantis")


def test_a_new_city_is_a_file_and_no_code(tmp_path):
    for path in law_folder().glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "newtown.yaml").write_text(
        "name: newtown\ntitle: {zh: 新城, en: Newtown}\ninherits: shanghai\n"
        "values:\n  camera_authority: {value: lead_only, source: counsel, mark: test}\n"
    )
    assert load_profile("newtown", tmp_path).get("camera_authority") == "lead_only"


def test_values_can_be_filled_for_a_trial_but_only_known_keys():
    filled = load_profile("pudong").overlaid("test", {"matters.STALL.fine.min_yuan": 50})
    assert filled.get("matters.STALL.fine.min_yuan") == 50 and filled.find("matters.STALL.fine.min_yuan").mark == "test"
    with pytest.raises(BadInput, match="unknown key"):
        load_profile("pudong").overlaid("test", {"no.such.key": 1})


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("[{value: 1, source: s, mark: test}, {value: 2, source: s, mark: test, from: 2024-01-01}]", "two values"),
        (
            "[{value: 1, source: s, mark: test, until: 2024-01-01}, "
            "{value: 2, source: s, mark: test, from: 2024-01-01}]",
            "two values",
        ),
        ("[{value: 1, source: s, mark: test, from: 2024-02-01, until: 2024-01-01}]", "ends before"),
        ("{value: 1, source: s, mark: test, from: soon}", "are days"),
    ],
)
def test_two_values_on_one_day_and_days_that_are_none_are_refused(tmp_path, entry, fault):
    (tmp_path / "x.yaml").write_text(
        f"name: x\ntitle: {{zh: x, en: x}}\nvalues:\n  statement_window_wd: {entry}\n", encoding="utf-8"
    )
    with pytest.raises(BadInput, match=fault):
        load_profile("x", tmp_path)


def test_a_minimum_above_its_maximum_is_refused(tmp_path):
    fine = "{min_yuan: {value: 9, source: s, mark: test}, max_yuan: {value: 8, source: s, mark: test}}"
    (tmp_path / "x.yaml").write_text(
        f"name: x\ntitle: {{zh: x, en: x}}\nvalues: {{matters: {{STALL: {{fine: {fine}}}}}}}\n", encoding="utf-8"
    )
    with pytest.raises(BadInput, match="above its maximum"):
        load_profile("x", tmp_path)
