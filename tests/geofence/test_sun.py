"""Where the sun stands, against the Astronomical Almanac's and NOAA's figures."""

from datetime import UTC, datetime

import pytest

from geofence import LonLat, sun_elevation_deg


@pytest.mark.parametrize(
    ("place", "at", "degrees"),
    [
        # At an equinox the sun passes over the equator; at a solstice, over a tropic (+-23.44 degrees).
        (LonLat(0.0, 0.0), datetime(2026, 3, 20, 12, 7, tzinfo=UTC), 90.0),
        (LonLat(0.0, 51.48), datetime(2026, 6, 21, 12, 2, tzinfo=UTC), 90 - 51.48 + 23.44),
        (LonLat(0.0, 51.48), datetime(2026, 12, 21, 11, 58, tzinfo=UTC), 90 - 51.48 - 23.44),
        # Midnight sun at the pole in June: as high all day as the declination.
        (LonLat(0.0, 90.0), datetime(2026, 6, 21, 3, 0, tzinfo=UTC), 23.44),
    ],
)
def test_the_sun_stands_where_the_almanac_puts_it(place: LonLat, at: datetime, degrees: float) -> None:
    assert sun_elevation_deg(place, at) == pytest.approx(degrees, abs=0.3)


def test_shanghai_has_day_and_night() -> None:
    here = LonLat(121.47, 31.23)
    rise, sunset = datetime(2026, 6, 2, 20, 51, tzinfo=UTC), datetime(2026, 6, 3, 10, 53, tzinfo=UTC)
    # At sunrise and sunset its middle is 0.83 degrees below the horizon, refraction and radius taken together.
    assert sun_elevation_deg(here, rise) == pytest.approx(-0.83, abs=0.4)
    assert sun_elevation_deg(here, sunset) == pytest.approx(-0.83, abs=0.4)
    assert sun_elevation_deg(here, datetime(2026, 6, 3, 16, 0, tzinfo=UTC)) < -30
