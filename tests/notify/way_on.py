"""The way on by the agency and the clock alone: the party is silent, absent or refuses, and an end must be reached."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from notify import Actor, Role, State
from records import NonsiteError, iso
from tests.notify.people import CHAIR, CLERK, GOOD, HEAD, LEGAL, OFFICER, OFFICER2, OPER, PRIV, SQUAD, person

OFFICER3 = person("officer3", Role.OFFICER)
_UNABLE = {"ground": "other", "reason": "无法继续"}
LEFT = {"method": "left", "proof": "当事人拒收，见证人在场，留置送达"}
Try = tuple[Actor, str, dict[str, Any]]
Mark = Callable[[str], Any]


def tries(world: Any, owner: str, state: str) -> list[Try]:
    """What the agency may try in a state, the usual first and the way out last."""
    day = (world.clock.now() + timedelta(days=20)).date().isoformat()
    summons = {"held_on": day, "place": "一楼", "chair": "chair", **LEFT}
    second = {"second_officer": "officer3"}
    officers = (OFFICER, OFFICER2, OFFICER3)
    elements = {"evidence_per_element": "齐全", "elements_shown": True, "opinion": "处罚"}
    table: dict[str, list[Try]] = {
        "A0": [(OPER, "discard_unsealed", {"reason": "封存失败"})],
        "A1": [(OPER, "discard", {"reason": "other"})],
        "A2": [(CLERK, "reject", {"reason": "无时间戳"})],
        "A3": [(CLERK, "reject", {"reason": "证据不足"})],
        "A4": [(CLERK, "unidentified", {"reason": "无法查明"})],
        "A5": [
            (OFFICER, "serve_order", {"proof": "留置"}),
            *((one, "not_found", {**second, "reason": "已离开"}) for one in officers),
        ],
        "A6": [
            (CLERK, "close_rectified", {}),
            (CLERK, "review_more", GOOD),
            (SQUAD, "not_file", {"reason": "情节轻微"}),
            *((one, "recheck_on_site", {**second, "result": "still"}) for one in officers),
        ],
        "SUSPENDED": [(HEAD, "resume", {})],
        "B0": [(one, "investigate", {"record": "勘验"}) for one in officers],
        "B1": [(one, "close_investigation", elements) for one in officers],
        "B2": [(SQUAD, "propose", {"grade": "minor", "amount": "100", "reasons": "首次"})],
        "B3": [(one, "notice", {}) for one in officers],
        "B4": [
            (OFFICER, "service_failed", {"method": "electronic", "reason": "无回执"}),
            (OFFICER, "serve_notice", LEFT),
        ],
        "B6": [(CLERK, "review_statement", {"adopted": "rejected", "reasons": "无依据"})],
        "B6H": [
            (CHAIR, "hearing_absent", {"reason": "无故缺席"}),
            *((one, "summon_hearing", summons) for one in officers),
        ],
        "B6H2": [(LEGAL, "legal_review", {"conclusion": "pass", "opinion": "合法"})],
        "B7": [
            (HEAD, "clear_suspicion", {"reason": "不够标准"}),
            (HEAD, "rule_recusal", {"ruling": "refused"}),
            (HEAD, "approve", {}),
            (LEGAL, "legal_review", {"conclusion": "pass", "opinion": "合法"}),
        ],
        "B8": [(HEAD, "approve", {})],
        "B9": [
            (HEAD, "decide", {}),
            (HEAD, "decide", {"head_reason": "顶格"}),
            (HEAD, "panel", {"attendees": "三人", "opinions": "同意", "result": "agreed"}),
        ],
        "B10": [
            (OFFICER, "service_failed", {"method": "electronic", "reason": "无"}),
            (OFFICER, "serve_decision", LEFT),
        ],
        "B10N": [
            (SQUAD, "close", {"correction": "已改正"}),
            (OFFICER, "serve_no_penalty", LEFT),
        ],
        "B10X": [(OFFICER, "transfer_sent", {"proof": "签收"}), (HEAD, "transfer_ended", {"paper": "1号"})],
        "B12": [(SQUAD, "close", {"correction": "已改正"}), (CLERK, "refund_made", {"reference": "退1号"})],
        "B13": [(OFFICER, "dun", LEFT)],
        "B14": [
            (HEAD, "court_apply", {}),
            (LEGAL, "legal_opinion", {"purpose": "court", "conclusion": "pass", "opinion": "齐全"}),
            (OFFICER, "dun", LEFT),
        ],
        "B15": [(HEAD, "close_unpaid", {"reason": "执行终结"})],
        "B16": [(PRIV, "archive", {})],
        "REVIEWED": [(CLERK, "remedy_closed", {"result": "upheld"})],
        "CHANGED": [(OFFICER, "serve_change", LEFT)],
        "REVOKED": [
            (CLERK, "withdraw_publication", {"reason": "决定已撤销"}),
            (SQUAD, "close", {"correction": "已撤销"}),
            (CLERK, "refund_made", {"reference": "退1号"}),
        ],
    }
    return table.get(state, [])


def ways_out(state: str) -> list[Try]:
    """When the usual way is barred for good: the head ends the case, or its enforcement."""
    if state.startswith("B") and state in ("B13", "B14", "B15"):
        return [(HEAD, "close_unpaid", {"reason": "执行终结，追究责任"})]
    settled = {"outcome": "returned", "reason": "无需继续保存"}
    if state in ("B0", "B1"):
        return [(HEAD, "settle_items", settled), (person("chief", Role.HEAD), "terminate", _UNABLE)]
    return [(person("chief", Role.HEAD), "terminate", _UNABLE)]


def drive(world: Any, owner: str, most: int = 120, mark: Mark | None = None, known: set[Any] | None = None) -> str:
    """Go on until a named end; the end. Fails where nothing leads on any more.

    `mark` says of what the way on depends; where it is `known` that an end follows, the rest of the way is not gone
    again. What was passed on a way that reached an end is known from then on.
    """
    idle, was, spent, passed = 0, "", set[str](), list[Any]()
    for _ in range(most):
        state = world.state(owner)
        here = mark(owner) if mark is not None and state != was and not State(state).is_end else None
        if State(state).is_end or (here is not None and known is not None and here in known):
            (known if known is not None else set()).update(passed)
            return state
        passed += [here] if here is not None else []
        if state != was:
            idle, was, spent = 0, state, set()
        left = [one for one in tries(world, owner, state) if one[1] not in spent]
        done = next((one for one in left if taken(world, owner, one)), None)
        if done is not None:
            spent.add(done[1])  # once a state: what can be repeated for ever leads nowhere
            continue
        if idle >= 12 and any(taken(world, owner, one) for one in ways_out(state)):
            continue
        idle += 1
        assert idle < 40, f"nothing leads on from {state}"
        passes(world, owner)
    raise AssertionError(f"no end after {most} steps: {world.state(owner)}")


def taken(world: Any, owner: str, one: Try) -> bool:
    actor, step, values = one
    try:
        world.take(actor, owner, step, **values)
    except NonsiteError:
        return False
    return True


def passes(world: Any, owner: str) -> None:
    """Time until the next term of the owner ends, or a month."""
    now = world.clock.now()
    ahead = [term.due for term in world.chain.deadlines(owner) if term.state == "open" and term.due > now]
    world.clock.set(min([*ahead, now + timedelta(days=30)]))
    world.chain.tick()
    lead = world.chain.lead(owner) if world.state(owner).startswith("A") else None
    if lead is not None and lead.state == "A6" and lead.recheck is None:
        package = world.seal(owner, "after_notice")
        at = iso(world.clock.now())
        world.chain.recheck_done(
            {"event_id": package, "alert_id": owner, "result": "undecided", "package_id": package, "at": at}
        )
