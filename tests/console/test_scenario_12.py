"""Acceptance scenario 12 the whole way: sealed video, a rejection over HTTP, the nights after, and what remains."""

import shutil
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from evidence import Keeper, RetentionClass, RetentionRules
from evidence.tables import RetentionRow
from nonsite.night import night
from notify.tables_desk import SumRow
from records.chain import LogRow, verify_chain
from tests.console.conftest import Hub
from tests.console.test_evidence_files import PHOTO


@pytest.fixture
def hub(make_hub: Callable[..., Hub]) -> Hub:
    """A hub whose store is its own: what is deleted in it is deleted nowhere else."""
    made = make_hub(own_store=True)
    store = made.services.evidence
    shutil.copytree(made.kept.store.root, store.root, dirs_exist_ok=True)
    return made


def keeper(hub: Hub) -> Keeper:
    days = hub.chain.profile.number("evidence.rejected_days")
    rules = RetentionRules({RetentionClass.ALERT: days, RetentionClass.NO_PENALTY: 730, RetentionClass.CASE_FILE: None})
    return Keeper(hub.services.evidence, hub.database, hub.kept.machine, hub.clock, rules)


def nights(hub: Hub, days: int) -> list[str]:
    """One night's work after some days; what it deleted."""
    hub.clock.advance(timedelta(days=days).total_seconds())
    report = night(keeper(hub), hub.database)
    assert report.faults == {}
    return report.deleted


def log(hub: Hub, package: str) -> list[str]:
    with hub.database.read() as session:
        assert verify_chain(session, "hub").ok
        query = select(LogRow.kind).where(LogRow.chain == "hub", LogRow.subject == package).order_by(LogRow.seq)
        return list(session.scalars(query))


@pytest.mark.parametrize("rejected_by", ["oper", "clerk"])
def test_scenario_12_thirty_days_after_the_seal_a_rejected_alerts_video_is_gone_and_its_record_stays(hub, rejected_by):
    lead, package = hub.lead(), hub.kept.package_id
    address = f"/api/evidence/{package}/files/{PHOTO}"
    if rejected_by == "oper":
        hub.client("oper").step("alerts", lead, "discard", reason="false_detection")
    else:
        hub.client("oper").step("alerts", lead, "confirm")
        hub.client("clerk").step("alerts", lead, "reject", reason="画面不清", about="unclear_picture")
    clerk = hub.client("clerk")
    assert nights(hub, 29) == [] and clerk.get(address).status_code == 200, "locked at seal for the shortest class"
    assert nights(hub, 2) == [package]
    assert clerk.get(address).status_code == 404
    assert not hub.services.evidence.place_of(package).exists()
    assert log(hub, package) == ["evidence.deleting", "evidence.deleted"]
    assert nights(hub, 400) == [], "once"
    shown = clerk.get(f"/api/alerts/{lead}").json()
    assert shown["state"] in ("A9", "A8") and shown["packages"][0]["package_id"] == package, "the record stays"
    with hub.database.read() as session:
        assert session.get_one(RetentionRow, package).deleted_at is not None
        if rejected_by == "oper":
            assert session.scalars(select(SumRow).where(SumRow.measure == "discarded")).first(), "and the statistics"


def test_scenario_12_a_confirmed_alerts_video_is_locked_for_longer(hub):
    lead, package = hub.lead(), hub.kept.package_id
    hub.client("oper").step("alerts", lead, "confirm")
    assert nights(hub, 31) == [], "an open lead keeps its evidence"
    good = dict.fromkeys(("authentic", "clear", "complete", "accurate", "lawful_means"), True)
    hub.client("clerk").step("alerts", lead, "review", **good)
    hub.client("clerk").step("alerts", lead, "unidentified", reason="无法查明")
    assert nights(hub, 1) == [] and log(hub, package) == ["evidence.kept"]
    assert nights(hub, 729) == [] and nights(hub, 2) == [package]
