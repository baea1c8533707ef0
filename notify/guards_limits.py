"""How long ago an act may lie (APL 36): two years, five only where two officers found the graver harm on record."""

from notify.calendar import Binds, Unit
from notify.guards import guard
from notify.moment import Moment


@guard("E_LIMITATION", "违法行为超过追责时效", "the act was discovered after the limitation period", "APL 36")
def within_limitation(m: Moment) -> str | None:
    found = m.record("detected", owner=m.lead.id)
    years = int(m.law("periods.limitation_years_grave" if grave_harm(m) else "periods.limitation_years"))
    end = m.calendar.period(m.lead.last_seen, years, Unit.YEARS, Binds.AGENCY)
    discovered = found.at if found else m.now
    return None if discovered < end.ends_at else str(end.last_day)


def grave_harm(m: Moment) -> str:
    """Which of life, health and financial safety two officers found harmed, by their newest finding; empty: none.

    Only with such a finding does the longer limitation period hold (APL 36).
    """
    found = m.record("find_harm", "find_harm_in_case")
    touched = str(found.body.get("touched") or "none") if found is not None else "none"
    return "" if touched == "none" else touched


@guard("E_HARM_UNSHOWN", "须写明危害后果及其证据", "the harm and what shows it must be stated", "APL 36", True)
def harm_shown(m: Moment) -> str | None:
    shown = all(str(m.values.get(name) or "").strip() for name in ("harm", "shown_by"))
    return None if m.values.get("touched") == "none" or shown else ""
