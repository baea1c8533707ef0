"""Conditions without which a step has nothing to do: no request to rule on, a consent that is there already.

Where one does not hold the step is not offered at all; taken by its address it is refused like any other.
"""

from notify.guards import guard, phase_enforce
from notify.moment import Moment
from notify.people import recusals
from notify.service import consent_of
from notify.tables import PublicationRow
from records import NonsiteError


@guard("E_NOTHING_TO_REVIEW", "没有待审核的证据包", "no package waits for review", moot=True)
def something_unreviewed(m: Moment) -> str | None:
    return None if any(package.review is None for package in m.packages()) else ""


@guard("E_RECEIVED", "通知书已经送达", "the order has been received", moot=True)
def order_unreceived(m: Moment) -> str | None:
    return None if m.lead.received_at is None else ""


@guard("E_CONSENT_IN_FORCE", "电子送达确认书已生效", "a consent to electronic service is in force", moot=True)
def no_consent_yet(m: Moment) -> str | None:
    row = consent_of(m)
    return None if row is None else row.address


@guard("E_NO_CONSENT", "没有生效的电子送达确认书", "no consent to electronic service is in force", moot=True)
def consent_in_force(m: Moment) -> str | None:
    return None if consent_of(m) is not None else ""


@guard("E_NO_RECUSAL", "没有待决定的回避申请", "no request waits", moot=True)
def recusal_asked(m: Moment) -> str | None:
    return None if any(row.ruling is None for row in recusals(m)) else ""


@guard("E_NO_APPLICATION", "当事人没有申请", "the party has not asked", "APL 66", moot=True)
def deferral_asked(m: Moment) -> str | None:
    return None if m.record("apply_deferral") else ""


@guard("E_NO_REMEDY", "没有进行中的复议或者诉讼", "no review or suit is open", moot=True)
def remedy_open(m: Moment) -> str | None:
    return None if m.record("remedy_opened") else ""


@guard("E_PUBLISHED", "已公示", "it has been published", moot=True)
def unpublished(m: Moment) -> str | None:
    return None if m.session.get(PublicationRow, m.open_case.id) is None else ""


@guard("E_NOT_PUBLISHED", "没有公示", "it is not published", moot=True)
def published(m: Moment) -> str | None:
    row = m.session.get(PublicationRow, m.open_case.id)
    return None if row is not None and row.withdrawn_at is None else ""


@guard("E_GROUND_SAME", "街面图层没有待答复的差异", "no difference of the street waits for an answer", moot=True)
def ground_differs(m: Moment) -> str | None:
    try:
        return None if m.ground_difference else ""
    except NonsiteError:  # the layers cannot be looked up: the steps that need them say so
        return ""


@guard("E_PHASE_ENFORCE", "行为时该区域不在劝导期", "the zone did not only warn at the act", moot=True)
def only_warned(m: Moment) -> str | None:
    try:
        return None if m.lead.phase == "warn" or phase_enforce.test(m) is not None else ""
    except NonsiteError:  # the layers cannot be looked up: the order says so
        return ""
