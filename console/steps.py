"""Steps on pages: what is said after one, and the form as it was filled in when one is refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from console.i18n import Words
from notify import CaseView, FieldType, LeadView, StepOffer
from records import NonsiteError


@dataclass(frozen=True, slots=True)
class Message:
    """What a page says about the step just tried; `tone` is ok or bad."""

    tone: str
    text: str
    code: str = ""


def taken(t: Words, owner: LeadView | CaseView) -> Message:
    """The step that was taken, by the newest line of the history that a person wrote."""
    line = next((one for one in reversed(owner.timeline) if one.role != "SYS"), None)
    return Message("ok", t("record.taken", step=t.of(line, "title") if line else ""))


def refused(t: Words, error: NonsiteError) -> Message:
    """What stands in the way of a step."""
    return Message("bad", t.problem(error), error.code)


def refilled(offers: Sequence[StepOffer], code: str, values: Mapping[str, Any]) -> list[StepOffer]:
    """The offers with what was filled in for one of them kept, so that nothing is typed twice."""
    return [
        replace(
            offer,
            fields=tuple(
                replace(one, default=_given(one.type, values.get(one.name, one.default))) for one in offer.fields
            ),
        )
        if offer.code == code
        else offer
        for offer in offers
    ]


def _given(kind: FieldType, value: Any) -> Any:
    return value in (True, "true") if kind is FieldType.BOOL else value
