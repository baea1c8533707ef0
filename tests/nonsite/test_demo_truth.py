from datetime import UTC, datetime, timedelta

from nonsite.demo.truth import Incident, Raised, score

START = datetime(2026, 5, 6, 9, 0, tzinfo=UTC)
DEGREE_PER_M = 1 / 111_320


def incident(name="i1", kind="STALL", north_m=0.0, begin_s=0, end_s=300, lawful=False):
    return Incident(
        name,
        kind,
        121.5,
        31.2 + north_m * DEGREE_PER_M,
        START + timedelta(seconds=begin_s),
        START + timedelta(seconds=end_s),
        lawful,
    )


def alert(name="a1", kind="STALL", north_m=0.0, at_s=70):
    when = START + timedelta(seconds=at_s)
    return Raised(name, kind, 121.5, 31.2 + north_m * DEGREE_PER_M, when, when)


def test_an_alert_near_its_incident_is_matched_and_its_delay_counts_from_the_end_of_the_dwell():
    result = score([incident()], [alert(north_m=7.9)], {"STALL": 60.0})
    assert result.matched == (("i1", "a1"),)
    assert result.median_delay_s == 10.0


def test_an_alert_eight_metres_off_and_more_is_false_and_the_incident_missed():
    result = score([incident()], [alert(north_m=8.1)], {})
    assert (result.missed, result.false) == (("i1",), ("a1",))


def test_another_kind_never_matches():
    assert score([incident()], [alert(kind="OUT_OF_STORE")], {}).false == ("a1",)


def test_an_alert_before_the_start_or_a_minute_after_the_end_is_false():
    late, early = alert("late", at_s=361), alert("early", at_s=-1)
    assert set(score([incident()], [late, early], {}).false) == {"late", "early"}
    assert score([incident()], [alert(at_s=360)], {}).matched


def test_a_second_alert_on_one_incident_is_repeated():
    result = score([incident()], [alert("a1"), alert("a2", north_m=3, at_s=200)], {})
    assert (result.matched, result.repeated, result.false) == ((("i1", "a1"),), ("a2",), ())


def test_an_alert_on_a_lawful_look_alike_is_false():
    result = score([incident(lawful=True)], [alert()], {})
    assert (result.false, result.missed) == (("a1",), ())


def test_pairs_are_made_nearest_first():
    result = score([incident("i1"), incident("i2", north_m=7)], [alert("a1", north_m=5), alert("a2", north_m=1)], {})
    assert dict(result.matched) == {"i2": "a1", "i1": "a2"}
