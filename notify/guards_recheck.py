"""Conditions on the look after the order; where the law says "refuses" or "fails to correct" it is an element."""

from notify.guards import guard
from notify.identity import corrected
from notify.moment import Moment
from notify.tables import PackageRow
from records import parse_iso

RESULTS = {"cleared": "已改正", "still": "未改正", "undecided": "无法判断"}


def _order_needed(m: Moment) -> bool:
    mandatory = m.law("warn_first", m.act_day) == "mandatory"
    return mandatory or bool(m.law(f"matters.{m.matter}.after_order", m.act_day))


def _after_deadline(m: Moment) -> list[PackageRow]:
    """Packages of a later look that were sealed when the time to correct was over."""
    due, direct = m.lead.recheck_due, m.law("camera_authority", m.act_day) == "direct"
    later = [p for p in m.packages() if p.stage != "first_seen" and due is not None and p.sealed_at >= due]
    return [
        p for p in later if direct or p.stage == "on_site"
    ]  # where a camera only starts a lead, officers look again


@guard("E_NO_RECHECK", "责令改正后没有复核证据", "no evidence after the order's deadline", "APL 28; ZJ-SR 16, 17")
def rechecked_still(m: Moment) -> str | None:
    if not _order_needed(m):
        return None
    found = m.lead.recheck or {}
    if found.get("result") != "still" or m.lead.recheck_due is None:
        return RESULTS.get(str(found.get("result")), "")
    return None if found.get("at_deadline") and _after_deadline(m) else ""


@guard("E_NOT_CLEARED", "复核结果不是已改正", "the re-check did not find it corrected", "APL 33")
def rechecked_clear(m: Moment) -> str | None:
    result = (m.lead.recheck or {}).get("result")
    return None if result == "cleared" else RESULTS.get(str(result), "")


@guard("E_RECHECK_PENDING", "尚无复核结果", "there is no result of the re-check yet")
def recheck_known(m: Moment) -> str | None:
    return None if m.lead.recheck else ""


@guard("E_CORRECTED", "复核已认定改正", "the re-check found it corrected: that act is over", "APL 33", moot=True)
def not_corrected(m: Moment) -> str | None:
    return str(parse_iso((m.lead.recheck or {})["at"]).date()) if corrected(m.lead) else None
