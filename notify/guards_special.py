"""Conditions of what few cases need: fast track, volunteer work, registered items, a dispute over competence."""

from notify.guards import guard
from notify.moment import Moment
from notify.tables import StepRecord

_OBJECTIONS = ("object_fast", "statement", "request_hearing", "ask_recusal", "suspect_crime", "renotice")


def _on_file(m: Moment, key: str) -> bool:
    """Whether the profile does not say that there is no such thing here: an unknown one is offered and then refused."""
    found = m.profile.find(key, m.today)
    return found is None or found.value is not False


@guard("E_FAST_TRACK", "本辖区没有简案快办规定", "there is no fast track here", moot=True)
def fast_wanted(m: Moment) -> str | None:
    return None if _on_file(m, "fast_track.enabled") else ""


@guard("E_FAST_TRACK", "本辖区没有简案快办规定", "there is no fast track here")
def fast_allowed(m: Moment) -> str | None:
    return None if m.law("fast_track.enabled") else ""  # raises where nobody has said


@guard("E_FAST_TRACK", "已适用简案快办", "it is on the fast track already", moot=True)
def fast_off(m: Moment) -> str | None:
    return "" if chosen_fast(m) is not None else None


@guard("E_FAST_TRACK", "未适用简案快办或者当事人已提出异议", "not on the fast track, or no longer", moot=True)
def fast_on(m: Moment) -> str | None:
    return None if chosen_fast(m) is not None else ""


@guard("E_FAST_TRACK", "须事实清楚且当事人同意", "the facts must be clear and the party must not object", "", True)
def fast_agreed(m: Moment) -> str | None:
    return None if m.values.get("clear") and m.values.get("unopposed") else ""


@guard("E_FAST_TRACK", "罚款数额超过简案快办的限额", "the fine is above what the fast track is for", "", True)
def fast_small(m: Moment) -> str | None:
    who = "org" if m.subject is not None and m.subject.kind == "org" else "person"
    most = int(m.law(f"fast_track.{who}_max_yuan")) * 100
    return None if (m.open_case.notified_fen or 0) <= most else f"¥{(m.open_case.notified_fen or 0) / 100:.2f}"


def chosen_fast(m: Moment) -> StepRecord | None:
    """The choice of the fast track that still holds: what the party has said since, or a crime, ends it."""
    chosen, against = m.record("choose_fast"), m.record(*_OBJECTIONS)
    return chosen if chosen is not None and (against is None or against.seq < chosen.seq) else None


@guard("E_OFFSET", "本辖区没有公益服务抵扣罚款的规定", "volunteer work offsets no fine here", moot=True)
def offset_wanted(m: Moment) -> str | None:
    return None if _on_file(m, "service_offset.enabled") else ""


@guard("E_OFFSET", "本辖区没有公益服务抵扣罚款的规定", "volunteer work offsets no fine here")
def offset_allowed(m: Moment) -> str | None:
    return None if m.law("service_offset.enabled") else ""


@guard("E_OFFSET", "须由当事人自愿申请，并有服务时数", "the party must have asked for it, and worked", "", True)
def offset_asked(m: Moment) -> str | None:
    return None if m.values.get("asked") and m.values.get("hours") else ""


@guard("E_REGISTERED", "先行登记保存的物品尚未处理", "registered items wait for a decision", "APL 56", moot=True)
def nothing_registered(m: Moment) -> str | None:
    return _left(m)


@guard("E_REGISTERED", "先行登记保存的物品尚未处理", "registered items wait for a decision", "APL 56")
def nothing_registered_left(m: Moment) -> str | None:
    return _left(m)


@guard("E_NOT_REGISTERED", "没有先行登记保存的物品", "nothing is registered", "APL 56", moot=True)
def items_registered(m: Moment) -> str | None:
    return "" if _left(m) is None else None


def _left(m: Moment) -> str | None:
    taken, settled = m.record("register_items"), m.record("settle_items")
    waits = taken is not None and (settled is None or settled.seq < taken.seq)
    return str(taken.body["paper"]) if taken is not None and waits else None


def start_registered(m: Moment) -> None:
    """Seven working days to decide what becomes of the items (APL 56)."""
    m.start("DREG7")


@guard("E_JURISDICTION", "管辖争议尚未解决", "a dispute over competence is open", "APL 25", moot=True)
def no_dispute_open(m: Moment) -> str | None:
    return str(found.body["organ"]) if (found := _dispute(m)) is not None else None


@guard("E_NO_DISPUTE", "没有管辖争议", "there is no dispute", "APL 25", moot=True)
def dispute_open(m: Moment) -> str | None:
    return None if _dispute(m) is not None else ""


@guard("E_JURISDICTION", "管辖争议未决，或者已指定由其他机关管辖", "competence is disputed, or another's", "APL 25")
def undisputed(m: Moment) -> str | None:
    found = _dispute(m)
    return str(found.body["organ"]) if found is not None else designated_other(m)


def designated_other(m: Moment) -> str | None:
    """The organ that was designated instead of this one, None where none was."""
    settled = m.record("settle_competence")
    if settled is None or settled.body.get("result") != "theirs":
        return None
    asked = m.record("dispute_competence")
    return str(asked.body["organ"]) if asked is not None else ""


def _dispute(m: Moment) -> StepRecord | None:
    raised, settled = m.record("dispute_competence"), m.record("settle_competence")
    waits = raised is not None and (settled is None or settled.seq < raised.seq)
    return raised if waits else None


def start_dispute(m: Moment) -> None:
    """The organs have some days to agree before they ask the one above both."""
    m.start("DJUR7")
