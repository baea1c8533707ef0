"""Tracks: three forms of file, one position at any time, never surer than the receiver was."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import pairwise
from operator import xor
from pathlib import Path

import pytest

from records import BadInput
from streams import Track, load_track
from streams.track import Fix

AT = datetime(2026, 6, 3, 8, 0, tzinfo=UTC)
GPS = (
    Path(os.environ.get("NONSITE_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
    / "videos"
    / "handheld_gopro_gps.csv"
)


def sentence(body: str) -> str:
    return f"${body}*{reduce(xor, body.encode(), 0):02X}\r\n"


def saved(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


NMEA = (
    sentence("GPGGA,080000.00,3113.2060,N,12130.0060,E,4,12,0.8,4.0,M,,M,,")
    + sentence("GPGST,080000.00,0.1,0.2,0.1,45.0,0.15,0.15,0.3")
    + sentence("GPRMC,080000.00,A,3113.2060,N,12130.0060,E,19.438,90.0,030626,,,A")
    + sentence("GPGGA,080001.00,3113.2060,N,12130.0123,E,1,8,1.6,4.0,M,,M,,")
    + sentence("GPRMC,080001.00,A,3113.2060,N,12130.0123,E,19.438,350.0,030626,,,A")
    + sentence("GPRMC,080002.00,V,,,,,,,030626,,,N")  # no fix
    + "$GPRMC,080003.00,A,3113.2060,N,12130.0060,E,0,0,030626,,,A*00\r\n"  # a byte was lost
    + sentence("GPGSV,3,1,11,10,63,137,17")
    + sentence("GNRMC,080004.50,A,3113.2060,S,12130.0060,W,,,030626,,,A")
)


def test_nmea_gives_position_speed_course_and_accuracy(tmp_path: Path) -> None:
    first, second, third = load_track(saved(tmp_path, "t.nmea", NMEA)).fixes
    assert (first.lat, first.lon) == (pytest.approx(31.2201), pytest.approx(121.5001))
    assert first.speed_mps == pytest.approx(10.0, abs=1e-3)
    assert (first.course_deg, first.at) == (90.0, AT)
    assert first.accuracy_m == pytest.approx(2.45 * 0.15), "from GST"
    assert second.accuracy_m == pytest.approx(8.0), "HDOP 1.6 of a plain fix"
    assert third.accuracy_m == 5.0, "nothing said"
    assert (third.lat, third.lon, third.at) == (
        pytest.approx(-31.2201), pytest.approx(-121.5001), AT + timedelta(seconds=4.5)
    )  # fmt: skip


def test_an_rtk_fix_without_gst_is_taken_as_one(tmp_path: Path) -> None:
    text = NMEA.replace("GPGST", "GPXXX")
    assert load_track(saved(tmp_path, "t.nmea", text)).fixes[0].accuracy_m == pytest.approx(0.1)


GPX = """<?xml version="1.0"?>
<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="31.22" lon="121.50"><time>2026-06-03T08:00:00Z</time><hdop>2.0</hdop></trkpt>
<trkpt lat="31.22" lon="121.5001"><time>2026-06-03T16:00:01+08:00</time>
  <extensions><speed>9.5</speed></extensions></trkpt>
<trkpt lat="31.22" lon="121.5002"/>
</trkseg></trk></gpx>"""


def test_gpx_gives_course_and_speed_from_the_way_where_it_has_none(tmp_path: Path) -> None:
    first, second = load_track(saved(tmp_path, "t.gpx", GPX)).fixes
    assert first.accuracy_m == 10.0
    assert first.course_deg == pytest.approx(90.0, abs=0.1)
    assert first.speed_mps == pytest.approx(9.52, abs=0.05)
    assert (second.speed_mps, second.at) == (9.5, AT + timedelta(seconds=1))


CSV = (
    "when;Breite;Länge\n".replace(";", ",") + "2026-06-03T08:00:00Z,31.22,121.50\n2026-06-03T08:00:02Z,31.2201,121.50\n"
)


def test_csv_columns_may_be_named(tmp_path: Path) -> None:
    path = saved(tmp_path, "t.csv", CSV)
    track = load_track(path, {"time": "when", "lat": "Breite", "lon": "Länge"})
    assert track.fixes[0].course_deg == pytest.approx(0.0)
    assert (track.start, track.end) == (AT, AT + timedelta(seconds=2))
    with pytest.raises(BadInput, match="no column for time, lon, lat"):
        load_track(path)
    with pytest.raises(BadInput, match="no column Ort"):
        load_track(path, {"time": "when", "lat": "Breite", "lon": "Ort"})


@pytest.mark.parametrize(
    ("times", "time_format"),
    [
        (["1780473600.5", "1780473601.5"], None),  # seconds since 1970
        (["260603080000.500", "260603080001.500"], None),  # as receivers write it
        (["2026-06-03 16:00:00.5+08:00", "2026-06-03 16:00:01.5+08:00"], None),
        (["03.06.2026 08:00:00.5", "03.06.2026 08:00:01.5"], "%d.%m.%Y %H:%M:%S.%f"),
    ],
)
def test_times_are_understood_in_their_usual_forms(tmp_path: Path, times: list[str], time_format: str | None) -> None:
    rows = "".join(f"{time},31.22,121.5\n" for time in times)
    track = load_track(saved(tmp_path, "t.csv", f"time,lat,lon\n{rows}"), time_format=time_format)
    assert [fix.at for fix in track.fixes] == [AT + timedelta(seconds=0.5), AT + timedelta(seconds=1.5)]


def test_between_fixes_the_position_is_interpolated_and_the_course_takes_the_short_way(tmp_path: Path) -> None:
    track = load_track(saved(tmp_path, "t.nmea", NMEA))
    a, b = track.fixes[:2]
    middle = track.at(AT + timedelta(seconds=0.5))
    assert middle.lon == pytest.approx((a.lon + b.lon) / 2)
    assert middle.accuracy_m == pytest.approx(8.0)
    north = Track([fix_at(0, course=350), fix_at(1, course=20)])
    assert north.at(AT + timedelta(seconds=0.5)).course_deg == pytest.approx(5.0)


def fix_at(seconds: float, course: float = 0.0, accuracy_m: float = 1.0) -> Fix:
    return Fix(121.5, 31.22, 5.0, course, accuracy_m, AT + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("seconds", "accuracy_m"),
    [
        (1.0, 1.0),  # fixes a second apart: no growth
        (3.0, 1 + 15.0),  # a second into the tunnel
        (7.0, 1 + 5 * 15.0),  # its middle
        (12.0, 1.0),
        (-2.0, 1 + 2 * 15.0),  # before the track
        (14.0, 1 + 2 * 15.0),  # after it
    ],
)
def test_a_guess_never_looks_like_a_measurement(seconds: float, accuracy_m: float) -> None:
    track = Track([fix_at(0), fix_at(1), fix_at(2), fix_at(12)])
    assert track.at(AT + timedelta(seconds=seconds)).accuracy_m == pytest.approx(accuracy_m)


def test_a_standing_vehicle_keeps_its_course(tmp_path: Path) -> None:
    rows = ["0,31.2200,121.5", "1,31.2201,121.5", "2,31.2202,121.5", "3,31.2202,121.500001", "4,31.2202,121.5"]
    text = "time,lat,lon\n" + "".join(f"2026-06-03T08:00:0{row}\n".replace(",", "Z,", 1) for row in rows)
    fixes = load_track(saved(tmp_path, "t.csv", text)).fixes
    assert [round(fix.course_deg) for fix in fixes] == [0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("t.nmea", "nothing here\n", "E_TRACK_EMPTY"),
        ("t.gpx", "<gpx", "E_TRACK"),
        ("t.gpx", '<!DOCTYPE x [<!ENTITY a "b">]><gpx/>', "E_TRACK"),  # entities can be made to explode
        ("t.csv", "time,lat,lon\nyesterday,1,2\n", "E_TRACK"),
        ("t.csv", "time,lat,lon\n2026-06-03T08:00:00Z,121.5,31.2\n", "E_TRACK"),  # lon and lat exchanged
        ("t.kml", "<kml/>", "E_TRACK"),
    ],
)
def test_bad_tracks_are_refused_by_name(tmp_path: Path, name: str, text: str, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        load_track(saved(tmp_path, name, text))
    assert refusal.value.code == code
    assert name in str(refusal.value)


@pytest.mark.skipif(not GPS.is_file(), reason="the shared data folder is not here (NONSITE_SHARED_DATA)")
def test_the_gopro_track_loads_and_its_fixes_are_spread_over_their_packets() -> None:
    track = load_track(
        GPS,
        {"time": "gps_utc_of_payload_yymmddhhmmss.sss", "lat": "lat", "lon": "lon", "speed_mps": "speed2d_mps"},
    )
    assert len(track.fixes) == 191
    assert track.start == datetime(2019, 11, 18, 23, 45, 14, tzinfo=UTC)
    steps = [(b.at - a.at).total_seconds() for a, b in pairwise(track.fixes)]
    assert max(steps) < 0.3
    assert track.fixes == load_track(GPS).fixes, "usual names are found without being told"
