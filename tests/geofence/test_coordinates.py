from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geofence import CoordSystem, LocalPlane, LonLat, epoch_drift_m, gcj02_to_wgs84, wgs84_to_gcj02
from records import BadInput

china_lon = st.floats(74.0, 134.0)
china_lat = st.floats(18.0, 53.0)
metres = st.floats(-5000.0, 5000.0)
geod = Geod(ellps="GRS80")


@given(china_lon, china_lat)
def test_gcj02_comes_back_within_a_millimetre(lon: float, lat: float) -> None:
    there = LonLat(lon, lat, CoordSystem.WGS84).to(CoordSystem.GCJ02)
    back = there.to(CoordSystem.WGS84)
    assert geod.inv(lon, lat, back.lon, back.lat)[2] < 1e-3


@given(china_lon, china_lat)
def test_gcj02_moves_a_chinese_place_by_less_than_a_kilometre(lon: float, lat: float) -> None:
    moved = wgs84_to_gcj02([[lon, lat]])[0]
    assert geod.inv(lon, lat, moved[0], moved[1])[2] < 1000.0


@pytest.mark.parametrize(
    "wgs, gcj",
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),  # Shanghai
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),  # Shenzhen
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),  # Beijing
    ],
)
def test_gcj02_agrees_with_the_test_places_of_eviltransform(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert geod.inv(*wgs84_to_gcj02([wgs])[0], *gcj)[2] < 0.02


def test_gcj02_leaves_places_outside_china_alone() -> None:
    paris = [[2.35, 48.85]]
    np.testing.assert_array_equal(wgs84_to_gcj02(paris), paris)
    np.testing.assert_array_equal(gcj02_to_wgs84(paris), paris)


def test_wgs84_and_cgcs2000_are_one_at_the_metre_level() -> None:
    point = LonLat(121.5, 31.2, CoordSystem.WGS84).to(CoordSystem.CGCS2000)
    assert (point.lon, point.lat, point.system) == (121.5, 31.2, CoordSystem.CGCS2000)


def test_the_epoch_drift_of_2026_is_most_of_a_metre() -> None:
    assert 0.7 < epoch_drift_m(datetime(2026, 6, 1, tzinfo=UTC)) < 0.9


@given(china_lon, china_lat, metres, metres)
def test_plane_metres_come_back(lon: float, lat: float, x: float, y: float) -> None:
    plane = LocalPlane(LonLat(lon, lat))
    np.testing.assert_allclose(plane.to_xy(plane.to_lonlat([[x, y]])), [[x, y]], atol=1e-5)


@given(china_lon, china_lat, metres, metres)
def test_plane_distances_are_true_on_the_ellipsoid(lon: float, lat: float, x: float, y: float) -> None:
    plane = LocalPlane(LonLat(lon, lat))
    (there,) = plane.to_lonlat([[x, y]])
    assert geod.inv(lon, lat, there[0], there[1])[2] == pytest.approx(math.hypot(x, y), rel=1e-6, abs=1e-5)


def test_plane_axes_run_east_and_north() -> None:
    plane = LocalPlane(LonLat(121.5, 31.2))
    (east, north) = plane.to_xy([[121.501, 31.2], [121.5, 31.201]])
    assert east[0] > 90 and abs(east[1]) < 0.01
    assert north[1] > 110 and abs(north[0]) < 0.01


def test_plane_takes_a_typed_point_of_any_system() -> None:
    plane = LocalPlane(LonLat(121.5, 31.2))
    assert plane.xy(plane.lonlat(3.0, 4.0).to(CoordSystem.GCJ02)) == pytest.approx((3.0, 4.0), abs=1e-3)


def test_plane_keeps_its_origin_in_cgcs2000() -> None:
    origin = LonLat(121.5, 31.2)
    assert LocalPlane(origin.to(CoordSystem.GCJ02)).xy(origin) == pytest.approx((0.0, 0.0), abs=1e-3)


@pytest.mark.parametrize("lon, lat", [(200.0, 30.0), (121.0, 91.0), (math.nan, 31.0), (121.0, math.inf)])
def test_a_coordinate_off_the_globe_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(BadInput, match="E_COORDINATE"):
        LonLat(lon, lat)
