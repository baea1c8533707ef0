"""From a matter and its grade to an amount: the legal range (old and new law), benchmark, hearing and review limits."""

from dataclasses import dataclass

from notify.moment import Moment
from notify.money import yuan_text
from notify.refusals import Barred
from notify.registers import SubjectRow

FEN = 100


@dataclass(frozen=True, slots=True)
class Range:
    """The legal range of a fine in fen; `law` says which law it is of: same, old (of the act) or new (of today)."""

    low_fen: int
    high_fen: int
    law: str

    def text(self) -> str:
        return f"¥{yuan_text(self.low_fen)}-¥{yuan_text(self.high_fen)}"


@dataclass(frozen=True, slots=True)
class Grade:
    """A grade of the published benchmark; bounds in fen."""

    name: str
    low_fen: int
    high_fen: int
    when: str


def legal_range(m: Moment, serious: bool = False) -> Range:
    """The range for the case's matter, by the lighter of the law of the act and of today (APL 37)."""
    part = f"matters.{m.matter}.{'fine_serious' if serious else 'fine'}"
    old, new = ((m.law(f"{part}.min_yuan", day), m.law(f"{part}.max_yuan", day)) for day in (m.act_day, m.today))
    if old == new:
        return Range(old[0] * FEN, old[1] * FEN, "same")
    lighter_new = (new[1], new[0]) < (old[1], old[0])
    low, high = new if lighter_new else old
    return Range(low * FEN, high * FEN, "new" if lighter_new else "old")


def has_serious(m: Moment) -> bool:
    """Whether the matter has a second, heavier range for serious circumstances."""
    return m.profile.known(f"matters.{m.matter}.fine_serious.max_yuan", m.act_day)


def grades(m: Moment) -> list[Grade]:
    """The loaded benchmark grades of the matter, mildest first."""
    found = []
    for name in ("minor", "ordinary", "serious", "grave"):
        entry = m.profile.find(f"matters.{m.matter}.grades.{name}", m.today)
        if entry is not None and entry.value is not None:
            value = entry.value
            found.append(Grade(name, value["min_yuan"] * FEN, value["max_yuan"] * FEN, value["when"]))
    return found


def benchmark_published(m: Moment) -> bool:
    """Whether a benchmark exists and was published by today (APL 34)."""
    entry = m.profile.find("benchmark.published_at", m.today)
    return entry is not None and entry.value is not None and entry.value <= m.today


def limit_fen(m: Moment, part: str) -> int:
    """The threshold `part` (hearing_threshold or legal_review) for the party's kind, in fen.

    A sole trader is counted with natural persons: the lower threshold gives the party more rights.
    """
    subject = m.subject
    who = "org" if subject is not None and subject.kind == "org" else "person"
    return int(m.law(f"{part}.{who}_yuan")) * FEN


def needs_hearing_notice(m: Moment, amount_fen: int) -> bool:
    """Whether the party must be told of its right to a hearing (APL 63)."""
    return amount_fen >= limit_fen(m, "hearing_threshold")


def needs_legal_review(m: Moment, amount_fen: int) -> bool:
    """Whether the decision must pass legal review first (APL 58 and the local catalogue)."""
    proposal = m.open_case.proposal or {} if m.case is not None else {}
    if m.record("hold_hearing") is not None or proposal.get("complex"):
        return True
    if proposal.get("mitigation") and m.law("legal_review.reduced"):
        return True
    return amount_fen >= limit_fen(m, "legal_review")


def needs_panel(m: Moment) -> bool:
    """Whether the heads must discuss the decision together (APL 57): complex, or from the profile's amount on.

    The statute names no amount: where the profile knows none either, every fine is discussed.
    """
    case, subject = m.open_case, m.subject
    who = "org" if subject is not None and subject.kind == "org" else "person"
    if (case.proposal or {}).get("complex") or not m.profile.known(f"panel.{who}_yuan", m.today):
        return True
    return (case.notified_fen or 0) >= limit_fen(m, "panel")


def default_amount(m: Moment, grade: str | None = None) -> int:
    """What the engine proposes: the foot of the grade, or the statutory minimum where no benchmark is published."""
    legal = legal_range(m)
    if not benchmark_published(m):
        return legal.low_fen
    chosen = next((one for one in grades(m) if one.name == grade or grade is None), None)
    return max(chosen.low_fen, legal.low_fen) if chosen else legal.low_fen


def offset_limit_fen(m: Moment, before_fen: int) -> int:
    """How much of a fine of `before_fen` the party's volunteer work may offset by the profile (公益抵罚); 0 without
    such work on record. Raises Barred `E_PROFILE_INCOMPLETE` where the profile leaves it open."""
    worked = m.record("volunteer")
    if worked is None or not m.law("service_offset.enabled"):
        return 0
    earned = int(worked.body["hours"]) * int(m.law("service_offset.yuan_per_hour")) * FEN
    return min(earned, before_fen * int(m.law("service_offset.max_percent")) // 100)


def check_offset(m: Moment, amount_fen: int, offset_fen: int) -> None:
    """Raise Barred `E_OFFSET` where volunteer work would offset more than the profile lets it, or more than leaves the
    statutory minimum: no local policy goes below that (APL 32)."""
    most, low = offset_limit_fen(m, amount_fen + offset_fen), legal_range(m).low_fen
    if offset_fen > most or amount_fen < low:
        zh = f"公益服务最多抵扣¥{yuan_text(most)}，且不得低于法定最低¥{yuan_text(low)}"
        en = f"volunteer work offsets ¥{yuan_text(most)} at most, and never below ¥{yuan_text(low)}"
        raise Barred("E_OFFSET", zh, en, "APL 32, 34")


def check_amount(
    m: Moment, amount_fen: int, grade: str | None, aggravation: str, mitigation: str | None = None
) -> None:
    """Raise Barred where an amount has no legal footing (`E_RANGE`, `E_NO_BENCHMARK_PUBLISHED`).

    With a ground of mitigation (APL 32) it may lie below the statutory minimum, and then stands in no grade.
    """
    legal = legal_range(m, serious=grade == "grave" and has_serious(m))
    if mitigation and 0 < amount_fen < legal.low_fen:
        return
    if not legal.low_fen <= amount_fen <= legal.high_fen:
        en = f"¥{yuan_text(amount_fen)} is outside the legal range {legal.text()}"
        raise Barred("E_RANGE", f"¥{yuan_text(amount_fen)}不在法定幅度{legal.text()}内", en, "APL 5, 34")
    if amount_fen > legal.low_fen and not benchmark_published(m):
        en = "no published benchmark: only the statutory minimum"
        raise Barred("E_NO_BENCHMARK_PUBLISHED", "没有已公布的裁量基准，只能按法定最低数额处罚", en, "APL 34")
    chosen = next((one for one in grades(m) if one.name == grade), None)
    if amount_fen > legal.low_fen and chosen is None:
        en = f"the benchmark has no grade {grade}"
        raise Barred("E_NO_BENCHMARK_PUBLISHED", f"裁量基准没有“{grade}”一档", en, "APL 34")
    if chosen is not None and not chosen.low_fen <= amount_fen <= chosen.high_fen:
        bounds = f"¥{yuan_text(chosen.low_fen)}-¥{yuan_text(chosen.high_fen)}"
        en = f"¥{yuan_text(amount_fen)} is outside the grade {bounds}"
        raise Barred("E_RANGE", f"¥{yuan_text(amount_fen)}不在裁量档次{bounds}内", en, "APL 34")
    if amount_fen == legal.high_fen and legal.high_fen > legal.low_fen and not aggravation.strip():
        en = "the top of the range needs aggravation on record and the head's reason"
        raise Barred("E_RANGE", "顶格罚款须有从重情节记录和负责人理由", en, "APL 5, 34")


def subject_kind_zh(subject: SubjectRow) -> str:
    return {"person": "公民", "business": "个体工商户", "org": "单位"}[subject.kind]
