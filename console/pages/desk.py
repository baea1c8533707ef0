"""The case desk: queues of leads and cases, and the record of one with its evidence, terms, papers and steps."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console.access import AtDesk, FormValues, Parts
from console.actors import actor_of
from console.errors import status_of
from console.evidence_view import PackageView, package_view
from console.facts import place_of
from console.formats import local_time, money
from console.progress import way
from console.render import language_of, page
from console.services import Services
from console.steps import Message, refilled, refused, taken
from detectors import Violation
from evidence import Purpose
from notify import ENDS, CaseView, DeadlineView, Filter, LeadView, Order, Page, State
from records import NonsiteError

router = APIRouter(prefix="/desk", include_in_schema=False)
PAGE_ROWS = 25
LEAD_STATES = tuple(state for state in State if state.is_lead)
CASE_STATES = tuple(state for state in State if not state.is_lead)


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What the list's form asks for; `state` empty means all that are open, `all` means all."""

    path: str
    text: str
    state: str
    kind: str
    colour: str
    order: Order
    page: int

    def filter(self, states: tuple[State, ...]) -> Filter:
        open_states = tuple(state.value for state in states if state not in ENDS)
        chosen = () if self.state == "all" else (self.state,) if self.state else open_states
        kinds = (self.kind,) if self.kind else ()
        offset = (self.page - 1) * PAGE_ROWS
        return Filter(
            states=chosen,
            kinds=kinds,
            colour=self.colour or None,
            text=self.text,
            order=self.order,
            limit=PAGE_ROWS,
            offset=offset,
        )

    def with_page(self, number: int) -> str:
        given = {"q": self.text, "state": self.state, "kind": self.kind, "colour": self.colour}
        given |= {"order": self.order.value, "page": str(number)}
        return f"{self.path}?{urlencode({key: value for key, value in given.items() if value})}"


def list_query(
    request: Request,
    q: Annotated[str, Query(max_length=100)] = "",
    state: Annotated[str, Query(pattern="^[A-Z0-9_]*$|^all$")] = "",
    kind: Annotated[str, Query(pattern="^[A-Z_]*$")] = "",
    colour: Annotated[str, Query(pattern="^(green|yellow|red)?$")] = "",
    order: Order = Order.DUE,
    page: Annotated[int, Query(ge=1, le=400)] = 1,
) -> ListQuery:
    return ListQuery(request.url.path, q.strip(), state, kind, colour, order, page)


Asked = Annotated[ListQuery, Depends(list_query)]


@router.get("")
def leads(request: Request, parts: Parts, session: AtDesk, query: Asked) -> HTMLResponse:
    found = parts.chain.leads(query.filter(LEAD_STATES))
    return _list(request, "leads", query, LEAD_STATES, found)


@router.get("/cases")
def cases(request: Request, parts: Parts, session: AtDesk, query: Asked) -> HTMLResponse:
    found = parts.chain.cases(query.filter(CASE_STATES))
    return _list(request, "cases", query, CASE_STATES, found)


def _list(request: Request, name: str, query: ListQuery, states: tuple[State, ...], found: Page[Any]) -> HTMLResponse:
    return page(
        request,
        "desk.html",
        list=name,
        query=query,
        states=states,
        kinds=list(Violation),
        items=found.items,
        total=f"{found.total}+" if found.more else found.total,
        pages=max(1, -(-found.total // PAGE_ROWS)),
        after=request.app.state.live["cases"].position,
        place_of=place_of,
        next_term=lambda owner: min(
            (one for one in owner.deadlines if one.colour), key=lambda one: one.due, default=None
        ),
    )


def next_term(owner: LeadView | CaseView) -> DeadlineView | None:
    """The open term that ends first."""
    return min((one for one in owner.deadlines if one.colour), key=lambda one: one.due, default=None)


def _open_first(terms: tuple[DeadlineView, ...]) -> list[DeadlineView]:
    return sorted(terms, key=lambda one: (one.state != "open", one.due))


@router.get("/leads/{lead_id}")
def lead_record(request: Request, lead_id: str, parts: Parts, session: AtDesk, done: bool = False) -> HTMLResponse:
    lead = parts.chain.lead(lead_id)
    message = taken(language_of(request), lead) if done else None
    return _record(request, parts, session.user, lead, None, message)


@router.get("/cases/{case_id}")
def case_record(request: Request, case_id: str, parts: Parts, session: AtDesk, done: bool = False) -> HTMLResponse:
    case = parts.chain.case(case_id)
    message = taken(language_of(request), case) if done else None
    return _record(request, parts, session.user, parts.chain.lead(case.lead_id), case, message)


@router.post("/leads/{lead_id}/steps/{code}")
def take_lead_step(
    request: Request, lead_id: str, code: str, parts: Parts, session: AtDesk, values: FormValues
) -> Response:
    try:
        outcome = parts.chain.take(actor_of(session.user), lead_id, code, values)
    except NonsiteError as error:
        return _refused(request, parts, session.user, parts.chain.lead(lead_id), None, code, values, error)
    target = f"/desk/cases/{outcome.case_id}" if outcome.case_id else f"/desk/leads/{lead_id}"
    return RedirectResponse(f"{target}?done=1", 303)


@router.post("/cases/{case_id}/steps/{code}")
def take_case_step(
    request: Request, case_id: str, code: str, parts: Parts, session: AtDesk, values: FormValues
) -> Response:
    try:
        parts.chain.take(actor_of(session.user), case_id, code, values)
    except NonsiteError as error:
        case = parts.chain.case(case_id)
        lead = parts.chain.lead(case.lead_id)
        return _refused(request, parts, session.user, lead, case, code, values, error)
    return RedirectResponse(f"/desk/cases/{case_id}?done=1", 303)


@router.get("/evidence/{package_id}/verification")
def verification(request: Request, package_id: str, parts: Parts, session: AtDesk) -> HTMLResponse:
    """All checks on a package, made now."""
    return page(request, "verification.html", found=parts.verification(package_id))


def _refused(
    request: Request,
    parts: Services,
    user: Any,
    lead: LeadView,
    case: CaseView | None,
    code: str,
    values: dict[str, Any],
    error: NonsiteError,
) -> HTMLResponse:
    answer = _record(request, parts, user, lead, case, refused(language_of(request), error), (code, values))
    answer.status_code = status_of(error)
    return answer


def _record(
    request: Request,
    parts: Services,
    user: Any,
    lead: LeadView,
    case: CaseView | None,
    message: Message | None,
    filled: tuple[str, dict[str, Any]] | None = None,
) -> HTMLResponse:
    owner: LeadView | CaseView = case or lead
    offers = parts.chain.steps(actor_of(user), owner.id)
    history = [*lead.timeline, *(case.timeline if case else ())]
    return page(
        request,
        "record.html",
        owner=owner,
        lead=lead,
        case=case,
        base=f"/desk/{'cases' if case else 'leads'}/{owner.id}",
        message=message,
        opened_step=filled[0] if filled else "",
        offers=refilled(offers, *filled) if filled else offers,
        ground=parts.chain.ground(owner.id),
        waits=None if any(one.primary for one in offers) else parts.chain.awaited(owner.id),
        packages=_packages(parts, lead),
        events=sorted(history, key=lambda one: one.at)[::-1],
        terms=sorted(
            (*lead.deadlines, *(case.deadlines if case else ())), key=lambda one: (one.state != "open", one.due)
        ),
        documents=[*lead.documents, *(case.documents if case else ())],
        services=[*lead.services, *(case.services if case else ())],
        money_rows=_money_rows(case, parts) if case else [],
        way=way(owner.state),
        place_of=place_of,
        purposes=[purpose.value for purpose in Purpose],
        after=request.app.state.live["cases"].position,
    )


def _packages(parts: Services, lead: LeadView) -> list[PackageView]:
    """The packages that the record stands on, oldest first; one that is not in this store yet is left out."""
    found = []
    for one in sorted(lead.packages, key=lambda package: package.sealed_at):
        try:
            found.append(package_view(parts, one.package_id))
        except NonsiteError:
            continue
    return found


def _money_rows(case: CaseView, parts: Services) -> list[tuple[str, str]]:
    rows = [("amount", money(case.amount_fen))]
    if case.decision_number:
        rows.append(("decision", case.decision_number))
    if case.served_at:
        rows.append(("served", local_time(case.served_at, parts.street.timezone, "%Y-%m-%d %H:%M")))
    if paid := case.payment:
        rows += [("code", paid.code), ("state", f"pay_state.{paid.state}")]
        rows += [("due", paid.due_on.isoformat())] if paid.due_on else []
        rows += [("surcharge", money(paid.surcharge_fen))] if paid.surcharge_fen else []
        rows += [("paid", money(paid.paid_fen)), ("owed", money(max(0, paid.balance_fen)))]
    return rows
