"""Whom street and registers point to: each with reasons and a score, and nobody without a person and a source."""

from typing import Any

import pytest

from geofence import LocalPlane, LonLat, load_street, publish
from notify import signnames
from notify.candidates import candidates
from notify.registers import ShopRow, SubjectRow
from notify.signnames import likeness
from tests.notify.people import CLERK, GOOD, OPER
from tests.notify.refusing import refused
from tests.notify.world import START, World

PLANE = LocalPlane(LonLat(121.5, 31.2))
NAMES = {"shop-3": "好又来面馆", "shop-4": "好又多面馆", "shop-5": "浩宇来面管"}


def feature(key: str, layer: str, metres: list[tuple[float, float]], **said: Any) -> dict[str, Any]:
    degrees = PLANE.to_lonlat(metres).tolist()
    geometry = {"type": "LineString", "coordinates": degrees}
    if layer == "ad_licence":
        geometry = {"type": "Point", "coordinates": degrees[0]}
    usual = {"legal_source": "n", "effective_from": "2026-01-01"}
    return {"type": "Feature", "id": key, "geometry": geometry, "properties": {"layer": layer, **usual, **said}}


@pytest.fixture
def street(world: World) -> str:
    """Three noodle shops side by side along y = 30, an advertising licence before the second; the layers' version."""
    lines = [
        feature(
            f"f-{n}",
            "frontage",
            [(10.0 * n + 10, 30.0), (10.0 * n, 30.0)],
            shop=shop,
            shop_name=name,
            address="1",
            phase="enforce",
        )
        for n, (shop, name) in enumerate(NAMES.items())
    ]
    face = {"facing_deg": 180.0, "width_m": 3.0, "height_m": 1.0, "bottom_m": 3.0, "holder": "示范贸易有限公司"}
    licence = feature("ad-1", "ad_licence", [(15.0, 29.5)], effective_to="2026-12-31", **face)
    made = load_street({"street": "s", "crs": "EPSG:4490", "origin": [121.5, 31.2], "features": [*lines, licence]})
    with world.database.session() as session:
        publish(session, made, "office", START)
        for shop, name in NAMES.items():
            session.add(SubjectRow(id=f"of-{shop}", kind="business", name=name, authority="business_licence"))
            session.add(ShopRow(id=shop, name=name, address="1", subject_id=f"of-{shop}"))
    return made.version


def found(world: World, lead: str):
    with world.database.read() as session:
        return candidates(world.chain.engine.moment(session, CLERK, lead))


def seen(world: World, version: str, at: tuple[float, float], **more: Any) -> str:
    lon, lat = PLANE.to_lonlat([at]).tolist()[0]
    where = {"lon": lon, "lat": lat, "footprint": [], "layer_version": version}
    return world.alert(**{"shop_id": None, "shop_name": None, **where, **more})


def test_the_frontages_within_reach_are_candidates_the_nearest_first(world, street):
    lead = seen(world, street, (14.0, 28.0))
    first, second, *_ = found(world, lead)
    assert (first.subject_id, second.subject_id) == ("of-shop-4", "of-shop-3")
    assert first.score > second.score > 0 and "距好又多面馆门店线2.0米" in first.zh
    assert first.score < 0.8, "being near makes nobody liable"


def test_a_sign_with_one_wrong_character_finds_its_shop_among_two_near_neighbours(world, street):
    lead = seen(world, street, (10.0, 28.0), kind="OUTDOOR_AD", facts={"sign": {"text": "好又来面饭", "score": 0.9}})
    first, second, *_ = found(world, lead)
    assert first.subject_id == "of-shop-3" and "招牌“好又来面饭”与“好又来面馆”文字相符80%" in first.zh
    assert second.score < first.score


def test_a_sign_that_only_sounds_like_its_shop_finds_it(world, street):
    lead = seen(world, street, (25.0, 28.0), kind="OUTDOOR_AD", facts={"sign": {"text": "号雨来面管", "score": 0.9}})
    first = found(world, lead)[0]
    assert first.subject_id == "of-shop-5" and "读音相符95%" in first.zh


def test_without_the_extra_names_are_compared_by_their_characters_and_it_is_said(world, street, monkeypatch):
    monkeypatch.setattr("notify.candidates.pinyin_there", lambda: False)
    monkeypatch.setattr(signnames, "pinyin_there", lambda: False)
    assert likeness("号雨来", "浩宇莱") is None and likeness("好又来", "好又来").share == 1.0
    lead = seen(world, street, (5.0, 28.0), kind="OUTDOOR_AD", facts={"sign": {"text": "好又来面馆", "score": 0.9}})
    assert "未装拼音组件" in found(world, lead)[0].zh


@pytest.mark.parametrize(
    ("text", "name", "by_sound"),
    [("示范面馆", "示范面馆", False), ("石范面馆", "示范面馆", True), ("示范面馆 营业时间 8:00", "示范面馆", False)],
)
def test_names_that_read_or_sound_alike(text, name, by_sound):
    like = likeness(text, name)
    assert like is not None and like.share >= 0.8 and like.by_sound is by_sound


@pytest.mark.parametrize(("text", "name"), [("永和豆浆", "示范面馆"), ("", "示范面馆"), ("…", "面")])
def test_names_that_are_not_alike(text, name):
    assert likeness(text, name) is None


def test_the_holder_of_the_licence_at_the_place_is_a_candidate_and_a_source_that_is_checked(world, street):
    lead = seen(world, street, (15.0, 29.0), kind="OUTDOOR_AD")
    firm = next(one for one in found(world, lead) if one.subject_id == "s-firm")
    assert "户外广告许可的持有人" in firm.zh
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD)
    with refused("E_ID_SOURCE"):
        world.take(CLERK, lead, "identify", subject_id="s-shop", source="ad_licence", confirmed=True)
    with refused("E_ID_UNCONFIRMED"):
        world.take(CLERK, lead, "identify", subject_id="s-firm", source="ad_licence")
    world.take(CLERK, lead, "identify", subject_id="s-firm", source="ad_licence", confirmed=True)
    assert world.chain.lead(lead).subject.id == "s-firm"


def test_several_reasons_for_one_subject_add_up_and_never_to_certainty(world, street):
    sign = {"sign": {"text": "好又来面馆", "score": 0.9}}
    lead = seen(world, street, (5.0, 29.0), kind="OUTDOOR_AD", shop_id="shop-3", facts=sign)
    first = found(world, lead)[0]
    assert first.subject_id == "of-shop-3" and 0.9 < first.score <= 0.97 and first.zh.count("；") >= 1


def test_an_inquiry_at_the_shop_is_a_source_only_with_its_record(world):
    lead = world.alert(shop_id=None, shop_name=None)
    world.seal(lead)
    world.take(OPER, lead, "confirm")
    world.take(CLERK, lead, "review", **GOOD)
    with refused("E_ID_SOURCE"):
        world.take(CLERK, lead, "identify", subject_id="s-firm", source="frontage_inquiry", confirmed=True)


def test_a_board_seen_edge_on_has_candidates_too(world, street):
    ring = PLANE.to_lonlat([(14.0, 29.0), (16.0, 29.0), (14.0, 29.0)]).tolist()
    lead = seen(world, street, (15.0, 29.0), kind="OUTDOOR_AD", footprint=ring)
    assert found(world, lead)[0].subject_id in ("s-firm", "of-shop-4")
