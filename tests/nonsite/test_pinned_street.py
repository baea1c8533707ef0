"""The ground facts of an alert, looked up in real published layers: as pinned, as published at the act, as of now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from geofence import LocalPlane, LonLat, Street, load_street, publish
from nonsite.pinned import StreetGround
from records import BadInput, Database, FrozenClock, iso

ACT = datetime(2026, 6, 3, 4, 0, tzinfo=UTC)  # a Wednesday noon in Shanghai
PLANE = LocalPlane(LonLat(121.5, 31.2))
FORBIDS = {"name": "z", "legal_source": "notice", "effective_from": "2026-01-01", "phase": "enforce"}
PERMITS = {"legal_source": "permit", "effective_from": "2026-01-01", "effective_to": "2026-12-31", "name": "p"}
ALL_DAY = [{"days": "daily", "from": "00:00", "to": "24:00"}]


def square(x: float, y: float, side: float) -> list[tuple[float, float]]:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


def feature(key: str, layer: str, metres: list[tuple[float, float]], **said: Any) -> dict[str, Any]:
    degrees: Any = PLANE.to_lonlat(metres).tolist()
    kind = {"frontage": "LineString", "ad_licence": "Point", "monitored_route": "LineString"}.get(layer, "Polygon")
    coordinates = {"Polygon": [[*degrees, degrees[0]]], "LineString": degrees, "Point": degrees[0]}[kind]
    return {
        "type": "Feature",
        "id": key,
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {"layer": layer, **said},
    }


def street(*features: dict[str, Any]) -> Street:
    return load_street({"street": "s", "crs": "EPSG:4490", "origin": [121.5, 31.2], "features": list(features)})


ZONE = feature("z-1", "vending_forbidden", square(0, 0, 20), **FORBIDS)
LINE = [(20.0, 30.0), (0.0, 30.0)]  # the public side is south of it, on the left
SHOP = {"shop": "s1", "shop_name": "shop", "address": "1", "legal_source": "n", "effective_from": "2026-01-01"}


class Office:
    """A database with published layers, and alerts about one stall at (10, 10) or one shop at y = 30."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(folder / "hub.db")
        self.database.create_all()
        self.clock = FrozenClock(ACT + timedelta(days=3))

    def publish(self, made: Street, at: datetime) -> Street:
        with self.database.session() as session:
            publish(session, made, "office", at)
        return made

    def verdict(self, pinned: Street, **more: Any) -> Any:
        x, y = more.pop("xy", (10.0, 10.0))
        lon, lat = PLANE.to_lonlat([(x, y)])[0].tolist()
        corners = PLANE.to_lonlat(more.pop("footprint", square(x - 0.5, y - 0.5, 1.0))).tolist()
        alert = {
            **{"kind": "STALL", "lon": lon, "lat": lat, "accuracy_m": 0.5, "footprint": corners},
            **{"opened": iso(ACT - timedelta(minutes=10)), "raised": iso(ACT), "source_id": "cam-1"},
            **{"zone_ids": ["z-1"], "phase": "enforce", "layer_version": pinned.version, **more},
        }
        return StreetGround(self.database, self.clock).verdict(alert)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_layers_that_say_the_same_still_raise_no_difference(office: Office) -> None:
    then = office.publish(street(ZONE), ACT - timedelta(days=30))
    found = office.verdict(then)
    assert (found.difference, found.phase, found.layer_then, found.layer_now) == (
        "",
        "enforce",
        then.version,
        then.version,
    )
    office.publish(street(ZONE, feature("b-1", "bay", square(100, 0, 5))), ACT + timedelta(days=1))
    later = office.verdict(then)
    assert later.difference == "" and later.layer_now != then.version


CHANGES: dict[str, Callable[[], Street]] = {
    "a permit that was found to cover the place": lambda: street(
        ZONE, feature("p-1", "vending_permitted", square(8, 8, 4), hours=ALL_DAY, **PERMITS)
    ),
    "a zone whose border now runs within the error of the place": lambda: street(
        feature("z-1", "vending_forbidden", square(-9.8, 0, 20), **FORBIDS)
    ),
    "a zone that was lifted": lambda: street(feature("z-2", "vending_forbidden", square(100, 0, 20), **FORBIDS)),
    "a zone that goes back to its warning phase": lambda: street(
        feature("z-1", "vending_forbidden", square(0, 0, 20), **{**FORBIDS, "phase": "warn"})
    ),
    "hours that leave the time of the act free": lambda: street(
        feature(
            "z-1",
            "vending_forbidden",
            square(0, 0, 20),
            **FORBIDS,
            hours=[{"days": "daily", "from": "17:00", "to": "22:00"}],
        )
    ),
    "a term that begins after the act": lambda: street(
        feature("z-1", "vending_forbidden", square(0, 0, 20), **{**FORBIDS, "effective_from": "2026-06-04"})
    ),
}


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_difference_is_told_with_both_then_and_now(office: Office, change: str) -> None:
    then = office.publish(street(ZONE), ACT - timedelta(days=30))
    now = office.publish(CHANGES[change](), ACT + timedelta(days=1))
    found = office.verdict(then)
    assert found.difference.startswith(f"{then.version}: z-1 [enforce]")
    assert f"→ {now.version}: " in found.difference and found.then != found.now
    assert found.phase == "enforce", "the phase is that of the act, whatever came later"


def test_an_alert_that_says_other_than_its_own_layers_is_a_difference(office: Office) -> None:
    then = office.publish(street(ZONE), ACT - timedelta(days=30))
    assert "≠" in office.verdict(then, zone_ids=["z-9"]).difference
    assert "≠" in office.verdict(then, phase=None).difference


def test_the_phase_is_warn_where_the_layers_published_when_it_was_first_seen_only_warned(office: Office) -> None:
    warning = street(feature("z-1", "vending_forbidden", square(0, 0, 20), **{**FORBIDS, "phase": "warn"}))
    office.publish(warning, ACT - timedelta(days=30))
    then = office.publish(street(ZONE), ACT - timedelta(minutes=5))  # between first seen and raised
    assert office.verdict(then).phase == "warn"


def test_layers_that_a_worker_still_had_after_others_came_into_force_are_a_difference(office: Office) -> None:
    old = office.publish(street(ZONE), ACT - timedelta(days=30))
    office.publish(street(feature("z-2", "vending_forbidden", square(100, 0, 20), **FORBIDS)), ACT - timedelta(hours=1))
    office.publish(old, ACT + timedelta(hours=1))
    assert "→" in office.verdict(old).difference, "alike in the alert's version and now, but not when the act was seen"


def test_layers_that_were_never_published_are_refused(office: Office) -> None:
    office.publish(street(ZONE), ACT - timedelta(days=30))
    with pytest.raises(BadInput, match="E_STREET_VERSION"):
        office.verdict(street(feature("z-1", "vending_forbidden", square(0, 0, 21), **FORBIDS)))


def test_another_street_published_here_changes_nothing(office: Office) -> None:
    then = office.publish(street(ZONE), ACT - timedelta(days=30))
    other = {"street": "other", "crs": "EPSG:4490", "features": [feature("o", "bay", square(0, 0, 5))]}
    office.publish(load_street(other), ACT)
    assert office.verdict(then).difference == ""


def shop_alert(office: Office, then: Street, reach: float = 1.0) -> Any:
    """Goods that reach beyond the shop's line at y = 30, which looks south."""
    box = [(5.0, 30.0 - reach), (7.0, 30.0 - reach), (7.0, 30.0), (5.0, 30.0)]
    return office.verdict(
        then, kind="OUT_OF_STORE", shop_id="s1", zone_ids=["l-1"], xy=(6.0, 30.0 - reach / 2), footprint=box
    )


def test_a_front_line_that_moved_out_is_a_difference_though_its_name_is_the_same(office: Office) -> None:
    two = feature("l-2", "frontage", [(60.0, 30.0), (40.0, 30.0)], phase="enforce", **SHOP)
    then = office.publish(street(feature("l-1", "frontage", LINE, phase="enforce", **SHOP), two), ACT)
    assert shop_alert(office, then).difference == "", "a shop with two lines stands before one of them"
    moved = [(x, y - 0.4) for x, y in LINE]
    office.publish(street(feature("l-1", "frontage", moved, phase="enforce", **SHOP), two), ACT + timedelta(days=1))
    found = shop_alert(office, then)
    assert "1.00 m" in found.then and "0.60 m" in found.now and found.difference


def test_a_seat_that_was_permitted_there_is_a_difference(office: Office) -> None:
    line = feature("l-1", "frontage", LINE, phase="enforce", **SHOP)
    then = office.publish(street(line), ACT - timedelta(days=1))
    seat = feature("seat", "outdoor_seating", square(4, 27, 4), shop="s1", hours=ALL_DAY, **PERMITS)
    office.publish(street(line, seat), ACT + timedelta(days=1))
    assert "+seat" in shop_alert(office, then).difference


def test_a_licence_that_was_found_is_a_difference_for_a_board(office: Office) -> None:
    area = feature("a-1", "ad_controlled", square(0, 0, 20), **FORBIDS)
    licence = {"holder": "h", "facing_deg": 0, "width_m": 3.0, "height_m": 1.0, "bottom_m": 3.0, **PERMITS}
    then = office.publish(street(area), ACT - timedelta(days=1))
    assert office.verdict(then, kind="OUTDOOR_AD", zone_ids=["a-1"]).difference == ""
    office.publish(street(area, feature("ad-7", "ad_licence", [(11.0, 10.0)], **licence)), ACT + timedelta(days=1))
    assert "+ad-7" in office.verdict(then, kind="OUTDOOR_AD", zone_ids=["a-1"]).difference


def test_a_bay_that_was_drawn_there_is_a_difference_for_bicycles(office: Office) -> None:
    area = feature("m-1", "bike_managed", square(0, 0, 20), **FORBIDS)
    then = office.publish(street(area), ACT - timedelta(days=1))
    office.publish(street(area, feature("bay-1", "bay", square(9, 9, 2))), ACT + timedelta(days=1))
    assert "+bay-1" in office.verdict(then, kind="BIKE_CLUTTER", zone_ids=["m-1"]).difference


@pytest.mark.parametrize(
    ("published_at", "device", "inside"),
    [("2026-06-01", "cam-1", True), ("2026-06-04", "cam-1", False), ("2026-06-01", "cam-2", None)],
    ids=["published before the act", "published only after it", "another device's"],
)
def test_a_monitored_route_counts_from_the_day_of_its_publication(
    office: Office, published_at: str, device: str, inside: bool | None
) -> None:
    said = {"name": "route", "published_at": published_at, "device": device, "reach_m": 15.0}
    route = feature("r-1", "monitored_route", [(-50.0, 0.0), (50.0, 0.0)], **said)
    then = office.publish(street(ZONE, route), ACT - timedelta(days=1))
    assert office.verdict(then).published_area is inside
    far = feature("r-1", "monitored_route", [(-50.0, -30.0), (50.0, -30.0)], **said)
    if inside:
        assert office.verdict(office.publish(street(ZONE, far), ACT)).published_area is False


def test_a_place_on_the_edge_of_its_vehicle_s_published_area_was_not_inside_it(office: Office) -> None:
    area = feature("m-1", "monitored_area", square(0, 0, 10.3), name="m", device="cam-1", published_at="2026-01-01")
    then = office.publish(street(ZONE, area), ACT - timedelta(days=30))
    assert office.verdict(then, xy=(5.0, 5.0)).published_area is True
    assert office.verdict(then, xy=(10.0, 5.0)).published_area is False, "0.3 m inside, known to 0.5 m"
    assert office.verdict(then, xy=(10.0, 5.0), accuracy_m=0.1).published_area is True
    assert office.verdict(then, xy=(5.0, 5.0), source_id="cam-2").published_area is None
