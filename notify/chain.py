"""The chain as others see it: steps offered and taken, events taken in, terms kept, read models given out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from notify import (
    callbacks,
    colours,
    complaint_views,
    complaints,
    credit_file,
    disclosure,
    erasure,
    export,
    intake,
    link_codes,
    outgo,
    poller,
    portal,
    publication,
    queries,
    reconcile,
    recount,
    statistics,
    views,
)
from notify.actors import SYSTEM, Actor
from notify.calendar import LegalCalendar
from notify.complaint_views import ComplaintView
from notify.credit_file import CreditColumns
from notify.disclosure import Disclosure
from notify.engine import Engine, Outcome
from notify.export import EventCodes
from notify.feedback import Feedback, feedback
from notify.law import Profile
from notify.link_codes import LinkDoor, LinkKey
from notify.moment import Tools
from notify.offers import Awaited, StepOffer, awaited, looked_up, offers
from notify.ports import GroundVerdict
from notify.publication import PublicRecord, Withdrawn
from notify.reconcile import Reconciliation
from notify.recount import SumDifference
from notify.statistics import Statistic
from notify.suppressions import SuppressionView, active, lift
from records import Clock, Database


class Chain:
    """One organ's chain over one database, by one profile. Thread-safe: every call is its own unit of work."""

    def __init__(
        self, database: Database, clock: Clock, profile: Profile, organ: str, tools: Tools, public_url: str = ""
    ) -> None:
        self.engine = Engine(database, clock, profile, organ, tools, public_url)

    @property
    def profile(self) -> Profile:
        return self.engine.profile

    @property
    def calendar(self) -> LegalCalendar:
        return self.engine.tools.calendar

    def alert_raised(self, message: Mapping[str, Any]) -> str:
        """Take in what the alerts topic carries: an alert, or the answer to a re-check; the lead's id."""
        if message.get("event") == "recheck":
            return intake.recheck_done(self.engine, message)
        return intake.alert_raised(self.engine, message)

    def evidence_sealed(self, message: Mapping[str, Any]) -> str:
        """Take in that a package was sealed or stamped; the lead's id."""
        return intake.evidence_sealed(self.engine, message)

    def recheck_done(self, message: Mapping[str, Any]) -> str:
        """Take in the answer to a re-capture; the lead's id."""
        return intake.recheck_done(self.engine, message)

    def steps(self, actor: Actor, owner_id: str) -> list[StepOffer]:
        """What `actor` may do with a lead or case now, each with its form and with what stands in the way."""
        return offers(self.engine, actor, owner_id)

    def awaited(self, owner_id: str) -> Awaited | None:
        """The step that a lead or case waits for now, and whose it is; None where time or the system moves it on."""
        return awaited(self.engine, owner_id)

    def ground(self, owner_id: str) -> GroundVerdict | None:
        """The street's facts of a lead's or case's act, then and now; None where its layers cannot be looked up."""
        return looked_up(self.engine, owner_id)

    def take(self, actor: Actor, owner_id: str, code: str, values: Mapping[str, Any] | None = None) -> Outcome:
        """Take one step. Raises Refused with the code of what stands in the way, BadInput for a bad field."""
        return self.engine.take(actor, owner_id, code, values or {})

    def tick(self) -> int:
        """Do what is due and hand over what waits to leave; the number of terms that ran out."""
        return poller.tick(self.engine)

    def deliver(self) -> int:
        """Hand waiting messages and payment orders to the gateway; the count handed over."""
        return outgo.deliver(self.engine)

    def unsent(self) -> int:
        """Messages and payment orders that still wait for the gateway or for their delivery report."""
        return outgo.unsent(self.engine)

    def sms_callback(self, body: bytes, signature: str) -> dict[str, Any]:
        """A signed delivery report. Raises Refused `E_SIGNATURE`."""
        return callbacks.sms_told(self.engine, callbacks.signed_json(self.engine, body, signature))

    def payment_callback(self, body: bytes, signature: str) -> dict[str, Any]:
        """A signed payment. Raises Refused `E_SIGNATURE`."""
        return callbacks.payment_told(self.engine, callbacks.signed_json(self.engine, body, signature))

    def refund_callback(self, body: bytes, signature: str) -> dict[str, Any]:
        """A signed note that a refund was paid. Raises Refused `E_SIGNATURE`."""
        return reconcile.refund_told(self.engine, callbacks.signed_json(self.engine, body, signature))

    def record_refund(self, actor: Actor, refund_id: str, reference: str) -> dict[str, Any]:
        """A refund was paid another way. Raises Refused `E_ROLE`, BadInput `E_NOT_FOUND`."""
        return reconcile.record_refund(self.engine, actor, refund_id, reference)

    def reconcile(self, actor: Actor, day: date, statement: str) -> Reconciliation:
        """Hold the collecting agent's statement of a day against the books. Raises BadInput `E_STATEMENT`."""
        return reconcile.reconcile(self.engine, actor, day, statement)

    def link_door(self, token: str) -> LinkDoor:
        """What a party's link shows before its code was given."""
        return link_codes.door(self.engine, token)

    def send_link_code(self, token: str) -> LinkDoor:
        """Send a code to the telephone of record. Raises Refused `E_CODE_WAIT`, `E_NO_CONTACT`, `E_GATEWAY`."""
        return link_codes.send_code(self.engine, token)

    def open_link(self, token: str, code: str) -> LinkKey:
        """The key for a right code; the first opening is a receipt. Raises Refused `E_CODE`."""
        return link_codes.open_link(self.engine, token, code)

    def link_key(self, token: str, given: str) -> str:
        """`given` where it is a key to this link that holds. Raises Refused `E_CODE_NEEDED`."""
        return link_codes.link_key(self.engine, token, given)

    def portal(self, key: str) -> portal.PartyView:
        """What the party behind a link may see, by the key that its code gave."""
        return portal.view(self.engine, key)

    def portal_steps(self, key: str) -> list[StepOffer]:
        """What the party behind a link may do now."""
        return portal.steps(self.engine, key)

    def portal_take(self, key: str, code: str, values: Mapping[str, Any] | None = None) -> Outcome:
        """A step of the party behind a link."""
        return portal.take(self.engine, key, code, values or {})

    def leads(self, filter: views.Filter | None = None) -> views.Page[views.LeadView]:
        """Leads that a filter lets through, newest first."""
        return queries.leads(self.engine, filter or views.Filter())

    def cases(self, filter: views.Filter | None = None) -> views.Page[views.CaseView]:
        """Cases that a filter lets through, newest first."""
        return queries.cases(self.engine, filter or views.Filter())

    def counts_since(self, states: tuple[str, ...], since: datetime) -> dict[str, int]:
        """How many leads came into each of these states since an instant."""
        return queries.counts_since(self.engine, states, since)

    def lead(self, lead_id: str) -> views.LeadView:
        """One lead in full. Raises BadInput `E_NOT_FOUND`."""
        return queries.lead(self.engine, lead_id)

    def case(self, case_id: str) -> views.CaseView:
        """One case in full. Raises BadInput `E_NOT_FOUND`."""
        return queries.case(self.engine, case_id)

    def deadlines(self, owner_id: str | None = None) -> list[views.DeadlineView]:
        """The terms of a lead or case; without one, every open term, soonest first."""
        return queries.deadlines(self.engine, owner_id)

    def shop_colours(self) -> dict[str, str]:
        """green, yellow or red for every shop of the register, from what was confirmed there."""
        return colours.shop_colours(self.engine)

    def suppressions(self) -> list[SuppressionView]:
        """The places where a camera is silent now because an operator found it wrong there."""
        return active(self.engine)

    def lift_suppression(self, actor: Actor, suppression_id: str) -> SuppressionView:
        """End one before its time. Raises BadInput `E_NOT_FOUND`, Refused `E_ROLE`."""
        return lift(self.engine, actor, suppression_id)

    def document(self, document_id: str) -> views.DocumentView:
        """One paper. Raises BadInput `E_NOT_FOUND`."""
        return queries.document(self.engine, document_id)

    def document_pdf(self, document_id: str) -> bytes:
        """The PDF as issued. Raises Refused `E_HASH_MISMATCH` where the file was altered."""
        return self.engine.tools.documents.read(document_id, self.document(document_id).sha256)

    def erase_party(self, actor: Actor, subject_id: str, order: str) -> erasure.Erasure:
        """Erase what names a party whose matters have all ended. Raises Refused `E_ROLE`, `E_ERASE_OPEN`."""
        return erasure.erase_party(self.engine, actor.standing(), subject_id, order)

    def erase_due(self, ended_before: datetime, term: str) -> list[str]:
        """Erase every party whose matters all ended before an instant; their ids."""
        with self.engine.database.read() as session:
            due = erasure.parties_due(session, ended_before)
        return [erasure.erase_party(self.engine, SYSTEM, one, term).subject_id for one in due]

    def feedback(self, since: datetime | None = None) -> list[Feedback]:
        """The last words of people on alerts, oldest first."""
        return feedback(self.engine, since)

    def package(self, package_id: str) -> views.PackageView | None:
        """What the chain knows of an evidence package: its lead, stage and review."""
        return queries.package(self.engine, package_id)

    def statistics(
        self,
        first: str,
        last: str,
        codes: Iterable[str] = (),
        unit: str | None = None,
        kind: str | None = None,
        by: str | None = None,
    ) -> list[Statistic]:
        """Figures over whole months (2026-01), each with its series and its change on the year before."""
        return statistics.statistics(self.engine, first, last, codes, unit, kind, by)

    def take_complaint(self, actor: Actor, given: Mapping[str, Any]) -> ComplaintView:
        """Take a complaint in; sent twice, it is one."""
        return complaints.take_in(self.engine, actor, given)

    def complaint_action(
        self, actor: Actor, complaint_id: str, action: str, values: Mapping[str, Any] | None = None
    ) -> ComplaintView:
        """contact, check, link, move, complete, reply or urge."""
        return complaints.act(self.engine, actor, complaint_id, action, values or {})

    def complaint_steps(self, actor: Actor, complaint_id: str) -> list[StepOffer]:
        """What `actor` may do about a complaint now."""
        return complaints.offers(self.engine, actor, complaint_id)

    def survey(self, actor: Actor, complaint_id: str, result: bool, attitude: bool) -> None:
        """Whether whoever complained is satisfied with the result and with the staff; asked once."""
        complaints.survey(self.engine, actor, complaint_id, result, attitude)

    def complaints(
        self, state: str | None = None, hotspots: bool = False, limit: int = 50, offset: int = 0, text: str = ""
    ) -> views.Page[ComplaintView]:
        """Complaints, newest first."""
        return complaint_views.listed(self.engine, state, hotspots, limit, offset, text)

    def complaint(self, complaint_id: str) -> ComplaintView:
        """One complaint. Raises BadInput `E_NOT_FOUND`."""
        return complaints.complaint(self.engine, complaint_id)

    def publish_disclosure(self, actor: Actor) -> Disclosure:
        """A new version of the public disclosure page, where something changed."""
        return disclosure.publish(self.engine, actor)

    def disclosure(self, version: int | None = None) -> Disclosure:
        """A version of the public disclosure page. Raises BadInput `E_NOT_FOUND`."""
        return disclosure.disclosure(self.engine, version)

    def disclosures(self) -> list[tuple[int, datetime]]:
        """The versions of the disclosure page, newest first."""
        return disclosure.versions(self.engine)

    def public_records(self, limit: int = 50, offset: int = 0) -> list[PublicRecord]:
        """The decisions that are public today, newest first."""
        today = self.calendar.today(self.engine.clock.now())
        return publication.shown(self.engine.database, today, limit, offset)

    def withdrawn_records(self, limit: int = 50) -> list[Withdrawn]:
        """Publications that were taken back, with the reason."""
        return publication.withdrawals(self.engine.database, limit)

    def export_events(self, codes: EventCodes, since: datetime, until: datetime) -> dict[str, Any]:
        """Leads of a span under a platform's event codes. Raises Refused `E_EVENT_UNMAPPED`."""
        return export.export_events(self.engine, codes, since, until)

    def credit_file(self, columns: CreditColumns, since: date, until: date) -> dict[str, Any]:
        """Penalties that were published or taken back on these days, under a platform's headings.

        Raises Refused `E_CREDIT_COLUMNS` where its edition leaves something open.
        """
        return credit_file.credit_file(self.engine, columns, since, until)

    def recount(self, mend: bool = False) -> list[SumDifference]:
        """Kept sums that their rows do not bear out; with `mend` they are put right."""
        return recount.recount(self.engine, mend)
