"""The formulas of the trade over kept sums: rates, mixes and means, as series by month, each with the year before.

The denominators are ours where the seeds name none (design note, §1.6).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from notify.engine import Engine
from notify.refusals import BadField
from notify.tables_desk import SumRow
from records import BadInput

DAY_S = 86_400
MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Formula:
    """One figure: the sum of `over` divided by the sum of `under` (none: a plain count), times `scale`.

    `law`: the profile key of what is wanted of it, held as at least (`least`) or at most.
    """

    code: str
    zh: str
    en: str
    unit: str
    over: tuple[str, ...]
    under: tuple[str, ...] = ()
    scale: float = 1.0
    wanted: str = ""
    least: bool = True


def _share(code: str, zh: str, en: str, over: str, *under: str, wanted: str = "", least: bool = True) -> Formula:
    return Formula(code, zh, en, "%", (over,), under, 100.0, wanted, least)


def _count(code: str, zh: str, en: str, measure: str, unit: str = "", scale: float = 1.0) -> Formula:
    return Formula(code, zh, en, unit, (measure,), (), scale)


_MIX = ("by_service", "by_management", "by_penalty")
FORMULAS: tuple[Formula, ...] = (
    _share(
        "handling_rate", "处置率", "Handled in time", "handled_in_time", "accepted", wanted="figures.handling_percent"
    ),
    _share("mix_service", "服务占比（721）", "Closed by service", "by_service", *_MIX),
    _share("mix_management", "管理占比（721）", "Closed by management", "by_management", *_MIX),
    _share(
        "mix_penalty",
        "执法占比（721）",
        "Closed by penalty",
        "by_penalty",
        *_MIX,
        wanted="figures.penalty_percent",
        least=False,
    ),
    _share("complaint_to_case", "诉转案率", "Complaints that became cases", "complaints_filed", "complaints_eligible"),
    _share("contacted_first", "先行联系率", "Contacted first", "complaints_contacted", "complaints_assigned"),
    _share("completed", "处置完成率", "Completed", "complaints_completed", "complaints_assigned"),
    _share("replied", "处置回复率", "Replied to", "complaints_replied", "complaints_assigned"),
    _share("result_satisfied", "处置结果满意率", "Satisfied with the result", "surveys_result", "surveys"),
    _share("attitude_satisfied", "处置人员态度满意率", "Satisfied with the staff", "surveys_attitude", "surveys"),
    _share(
        "unsubstantiated", "诉件不属实率", "Complaints not substantiated", "complaints_unfounded", "complaints_checked"
    ),
    _share("repeated", "重复投诉占比", "Repeated complaints", "complaints_repeated", "complaints"),
    _share("bundled", "三书同达率", "Three letters in one service", "served_bundled", "served_firms"),
    _share("false_alerts", "误报占比", "Alerts found false", "false_detections", "leads"),
    _share("revoked_rate", "纠错率", "Decisions revoked", "revoked", "decided"),
    _share("remedy_rate", "复议诉讼率", "Decisions gone to review or suit", "remedies", "served"),
    Formula(
        "days_to_close_case",
        "办案平均天数",
        "Mean days from discovery to closing, cases",
        "d",
        ("case_seconds",),
        ("cases_closed",),
        1 / DAY_S,
    ),
    Formula(
        "days_to_close_lead",
        "线索平均办理天数",
        "Mean days from discovery to closing, leads",
        "d",
        ("lead_seconds",),
        ("leads_closed",),
        1 / DAY_S,
    ),
    _count("leads", "线索数", "Leads", "leads"),
    _count("accepted", "受理线索数", "Leads accepted", "accepted"),
    _count("warned", "责令改正数", "Orders to correct", "warned"),
    _count("filed", "立案数", "Cases filed", "filed"),
    _count("decided", "处罚决定数", "Penalty decisions", "decided"),
    _count("no_penalty", "不予处罚数", "Decisions not to penalise", "no_penalty"),
    _count("cases_closed", "结案数", "Cases closed", "cases_closed"),
    _count("fined", "罚款数额", "Fines decided", "decided_fen", "¥", 0.01),
    _count("paid", "缴纳数额", "Fines paid", "paid_fen", "¥", 0.01),
    _count("published", "公示数", "Decisions published", "published"),
    _count("transferred", "移送数", "Cases transferred", "transferred"),
    _count("complaints", "诉件数", "Complaints", "complaints"),
)
BY_CODE: Mapping[str, Formula] = {one.code: one for one in FORMULAS}


@dataclass(frozen=True, slots=True)
class Point:
    """A figure of one month. `change`: per cent against the same month of the year before, None where there is none, or
    where nothing was counted here yet."""

    month: str
    value: float | None
    before: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Statistic:
    """One figure over the months asked for, its series, and how it stands against what is wanted of it."""

    code: str
    zh: str
    en: str
    unit: str
    group: str
    value: float | None
    before: float | None
    change: float | None
    wanted: float | None
    met: bool | None
    series: tuple[Point, ...]


def months(first: str, last: str) -> list[str]:
    """The months from `first` to `last` (2026-01), ends included. Raises BadInput `E_MONTH`."""
    try:
        start, end = (date.fromisoformat(f"{one}-01") for one in (first, last))
    except ValueError:
        raise BadField("月份请写作2026-01", f"{first} - {last}: months as 2026-01", code="E_MONTH") from None
    count = (end.year - start.year) * 12 + end.month - start.month + 1
    if not 1 <= count <= MOST_MONTHS:
        raise BadField(
            f"起始月不得晚于截止月，最多{MOST_MONTHS}个月",
            f"{first} - {last}: 1 to {MOST_MONTHS} months, the first one first",
            code="E_MONTH",
        )
    return [f"{start.year + (start.month - 1 + n) // 12}-{(start.month - 1 + n) % 12 + 1:02d}" for n in range(count)]


def _year_before(month: str) -> str:
    return f"{int(month[:4]) - 1}{month[4:]}"


def statistics(
    engine: Engine,
    first: str,
    last: str,
    codes: Iterable[str] = (),
    unit: str | None = None,
    kind: str | None = None,
    by: str | None = None,
) -> list[Statistic]:
    """Figures over whole months, for one unit or kind or all; `by` unit or kind gives each of them its own.

    Raises BadInput for an unknown figure or month.
    """
    asked, chosen = months(first, last), [_formula(code) for code in codes] or list(FORMULAS)
    if by not in (None, "unit", "kind"):
        raise BadInput("E_FIELD", f"by {by!r}", "unit or kind")
    measures = sorted({one for formula in chosen for one in (*formula.over, *formula.under)})
    wanted = [*asked, *map(_year_before, asked)]
    with engine.database.read() as session:
        sums, begun = _sums(session, measures, wanted, unit, kind, by), _begun(session)
    groups = sorted({group for _, _, group in sums}) if by else [""]
    return [_statistic(engine, formula, asked, sums, group, begun) for group in groups for formula in chosen]


def _formula(code: str) -> Formula:
    if code not in BY_CODE:
        raise BadInput("E_FIELD", f"figure {code!r}", f"one of {', '.join(BY_CODE)}")
    return BY_CODE[code]


Sums = Mapping[tuple[str, str, str], int]


def _sums(
    session: Session,
    measures: Sequence[str],
    periods: Sequence[str],
    unit: str | None,
    kind: str | None,
    by: str | None,
) -> Sums:
    group: Any = {"unit": SumRow.unit, "kind": SumRow.kind}.get(by or "")
    columns = [SumRow.measure, SumRow.period, *([group] if group is not None else [])]
    query = select(*columns, func.sum(SumRow.value)).where(SumRow.measure.in_(measures), SumRow.period.in_(periods))
    if unit is not None:
        query = query.where(SumRow.unit == unit)
    if kind is not None:
        query = query.where(SumRow.kind == kind)
    rows = session.execute(query.group_by(*columns))
    return {(row[0], row[1], row[2] if by else ""): int(row[-1]) for row in rows}


def _begun(session: Session) -> str:
    """The first month of which anything was counted; a year before it is not nothing, it is unknown."""
    query = select(func.min(SumRow.period)).where(SumRow.measure.in_(("leads", "complaints")))
    return (session.scalar(query) or "")[:7]


def _statistic(engine: Engine, formula: Formula, asked: Sequence[str], sums: Sums, group: str, begun: str) -> Statistic:
    points = []
    for month in asked:
        last_year = _year_before(month)
        now = _value(formula, sums, [month], group)
        before = _value(formula, sums, [last_year], group) if last_year >= begun else None
        points.append(Point(month, now, before, _change(now, before)))
    value = _value(formula, sums, asked, group)
    known = _year_before(asked[0]) >= begun
    before = _value(formula, sums, [_year_before(one) for one in asked], group) if known else None
    wanted, met = None, None
    if formula.wanted and engine.profile.known(formula.wanted):
        wanted = float(engine.profile.get(formula.wanted))
        if value is not None:
            met = value >= wanted if formula.least else value <= wanted
    return Statistic(
        formula.code,
        formula.zh,
        formula.en,
        formula.unit,
        group,
        value,
        before,
        _change(value, before),
        wanted,
        met,
        tuple(points),
    )


def _value(formula: Formula, sums: Sums, periods: Iterable[str], group: str) -> float | None:
    """None where a share has nothing under it: no rate of nothing."""
    spans = list(periods)
    over = sum(sums.get((measure, period, group), 0) for measure in formula.over for period in spans)
    if not formula.under:
        return round(over * formula.scale, 4)
    under = sum(sums.get((measure, period, group), 0) for measure in formula.under for period in spans)
    return round(over / under * formula.scale, 4) if under else None


def _change(now: float | None, before: float | None) -> float | None:
    return None if now is None or not before else round(100 * (now - before) / before, 2)
