"""Clocks set back and forward: what is sealed by them is marked, and never passes for what it is not."""

from datetime import timedelta

import pytest

from records import FrozenClock
from tests.evidence.conftest import START


def record_of(site, sealed):
    from evidence import show_package

    return show_package(sealed.path)["record"]["clock"]


@pytest.mark.parametrize("back_s", [4, 3600])
def test_a_clock_set_back_marks_what_is_sealed_until_time_has_caught_up(site, request_of, back_s):
    assert not site.sealer.seal(request_of()).clock_suspect
    site.clock.set(site.clock.now() - timedelta(seconds=back_s))
    sealed = site.sealer.seal(request_of("back"))
    assert sealed.clock_suspect
    assert record_of(site, sealed)["set_back_ms"] == back_s * 1000
    site.clock.advance(back_s / 2)
    assert site.sealer.seal(request_of("half-way")).clock_suspect
    site.clock.advance(back_s)
    assert not site.sealer.seal(request_of("caught-up")).clock_suspect


def test_a_restart_does_not_forget_how_late_it_was(site, make_site, request_of):
    site.sealer.seal(request_of())
    site.clock.set(site.clock.now() - timedelta(minutes=10))
    from evidence import Sealer, SealProfile

    again = Sealer(
        site.store, site.database, "worker-1", site.authority.sealing_signer(), site.clock, SealProfile("Demo")
    )
    assert again.seal(request_of("after")).clock_suspect


def test_a_clock_that_was_years_ahead_marks_one_package_and_then_lets_go(site, request_of):
    now = site.clock.now()
    site.clock.set(now + timedelta(days=400))
    site.sealer.seal(request_of("ahead"))
    site.clock.set(now)
    assert site.sealer.seal(request_of("mended")).clock_suspect
    assert not site.sealer.seal(request_of("after")).clock_suspect


def test_a_package_sealed_ahead_of_time_gets_no_stamp_and_never_passes(site, request_of):
    authority_clock = FrozenClock(site.clock.now())
    site.clock.set(site.clock.now() + timedelta(hours=1))
    sealed = site.sealer.seal(request_of())
    stamper = site.stamper(site.tsa(authority_clock))
    assert "disagree" in stamper.drain().refused[sealed.package_id]
    site.clock.set(authority_clock.now())
    site.clock.advance(60)
    authority_clock.advance(60)
    assert stamper.drain().stamped == [sealed.package_id], "the clock was mended: a true stamp comes"
    result = site.verify(sealed.path)
    assert "seal" in result.failed
    detail = next(one.detail for one in result.checks if one.name == "seal")
    assert "sealed after it was stamped" in detail


def test_a_package_back_dated_by_the_host_shows_against_the_stamp_and_the_log(site, request_of):
    """Sealed an hour 'ago' on a clock set back: the stamp says now, the record says that the clock stood behind."""
    site.sealer.seal(request_of())
    truth = FrozenClock(site.clock.now())
    site.clock.set(site.clock.now() - timedelta(hours=1))
    sealed = site.sealer.seal(request_of("back-dated"))
    assert sealed.clock_suspect
    stamper = site.stamper(site.tsa(truth))
    assert "disagree" in stamper.drain().refused[sealed.package_id]
    assert sealed.sealed_at + timedelta(hours=1) > START


def test_a_record_that_hides_its_mark_does_not_verify(site, request_of, writable):
    """Only who also holds the sealing key could write one: the mark is not his to choose."""
    import json

    import rfc8785

    from evidence import cms
    from tests.evidence.test_tamper import recompute_manifests

    site.sealer.seal(request_of())
    site.clock.set(site.clock.now() - timedelta(hours=1))
    copy = writable(site.sealer.seal(request_of("back")).path)
    path = copy / "data/record.json"
    facts = json.loads(path.read_bytes())
    facts["clock"]["suspect"] = False
    path.write_bytes(rfc8785.dumps(facts))
    recompute_manifests(copy)
    p7s = cms.sign((copy / "tagmanifest-sha256.txt").read_bytes(), site.authority.sealing_signer(), site.clock.now())
    (copy / "seal/tagmanifest-sha256.txt.p7s").write_bytes(p7s)
    detail = next(one.detail for one in site.verify(copy).checks if one.name == "record")
    assert "clock.suspect: expected True, found False" in detail
