"""Conditions of a decision on the spot: officers were there, and the sum is small (APL 51, 52)."""

from notify.disposition import FEN, check_amount
from notify.guards import guard
from notify.moment import Moment
from notify.money import yuan_text


@guard("E_SIMPLE_REMOTE", "没有执法人员到场的记录，不得当场处罚", "no officers were there", "APL 51, 52", True)
def officers_there(m: Moment) -> str | None:
    chosen = str(m.values.get("package_id") or "")
    package = next((one for one in m.packages() if one.package_id == chosen), None)
    if package is None or package.stage != "on_site" or m.record("on_site", "recheck_on_site") is None:
        return ""
    day = m.calendar.today(package.sealed_at)
    return None if day == m.today else str(day)  # on the spot is now, not some other day


@guard("E_SIMPLE_REMOTE", "超过当场处罚的限额", "above what may be decided on the spot", "APL 51", True)
def small_enough(m: Moment) -> str | None:
    who = "org" if m.subject is not None and m.subject.kind == "org" else "person"  # a sole trader has the lower limit
    limit, amount = int(m.law(f"simple_procedure.{who}_max_yuan")) * FEN, int(m.values["amount"])
    return f"¥{yuan_text(amount)} > ¥{yuan_text(limit)}" if amount > limit else None


@guard("E_RANGE", "罚款数额没有依据", "the amount has no legal footing", "APL 5, 34", True)
def amount_lawful(m: Moment) -> str | None:
    check_amount(m, int(m.values["amount"]), str(m.values.get("grade")), "")
    return None


@guard(
    "E_SIMPLE_REMOTE",
    "须当面告知并听取陈述、申辩，当场交付",
    "told, heard and handed over, or not on the spot",
    "APL 44, 52",
    True,
)
def heard_and_handed(m: Moment) -> str | None:
    return None if m.values.get("told") and m.values.get("handed_over") else ""
