from __future__ import annotations

from datetime import datetime, timedelta, timezone

from geofence import Street, StreetIndex, check

SHANGHAI = timezone(timedelta(hours=8))


def test_the_answer_says_zone_version_distance_and_rule_in_both_languages(example: Street) -> None:
    spot = example.feature("vp-night-market").geometry.centroid
    point = example.plane.lonlat(spot.x, spot.y)
    saturday = datetime(2026, 6, 6, 18, tzinfo=SHANGHAI)
    answer = check(StreetIndex(example), point, saturday, 0.5)
    zh, en = "\n".join(answer.zh), "\n".join(answer.en)
    assert len(answer.zh) == len(answer.en)
    assert example.version in zh and example.version in en
    assert "设摊：受限制，但在许可范围内" in zh and "vending: restricted, but permitted here and now" in en
    assert "示例夜市疏导点" in zh and "fri-sun 17:00-02:00" in zh and "示例公告第3号" in en
    assert answer.to_json()["facts"]["vending"]["permits"][0]["in_force"] is True


def test_noon_on_wednesday_the_night_market_is_no_excuse(example: Street) -> None:
    spot = example.feature("vp-night-market").geometry.centroid
    point = example.plane.lonlat(spot.x, spot.y)
    answer = check(StreetIndex(example), point, datetime(2026, 6, 3, 12, tzinfo=SHANGHAI))
    assert any("being enforced" in line for line in answer.en)
    assert any("not in force (outside fri-sun" in line for line in answer.en)


def test_a_warning_zone_allows_dissuasion_only(example: Street) -> None:
    spot = example.feature("vf-south").geometry.centroid
    answer = check(
        StreetIndex(example), example.plane.lonlat(spot.x, spot.y), datetime(2026, 6, 3, 12, tzinfo=SHANGHAI)
    )
    assert any("仅劝导阶段" in line for line in answer.zh)


def test_next_to_a_boundary_the_answer_is_undecided(example: Street) -> None:
    point = example.plane.lonlat(50.0, 22.0)  # some 20 cm inside the north zone
    answer = check(StreetIndex(example), point, datetime(2026, 6, 3, 12, tzinfo=SHANGHAI), 1.0)
    assert any(line.startswith("vending: undecided") for line in answer.en)


def test_shop_and_pavement_are_told(example: Street) -> None:
    spot = example.feature("seat-tea").geometry.centroid
    answer = check(
        StreetIndex(example), example.plane.lonlat(spot.x, spot.y), datetime(2026, 6, 3, 12, tzinfo=SHANGHAI)
    )
    assert any("beyond its front line" in line and "春风茶馆" in line for line in answer.en)
    assert any("1.5 米" in line for line in answer.zh)
