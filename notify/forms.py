"""The form of a step: its choices and defaults worked out for one lead or case, and what was filled in, checked."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import select

from notify.candidates import candidates, usual
from notify.disposition import default_amount, grades, legal_range
from notify.effects.desk import recurrence
from notify.explained import drafted
from notify.guards_hearing import chair_is_apart
from notify.moment import Moment
from notify.money import fen_of, yuan_text
from notify.payment import surcharge_now
from notify.people import person_name
from notify.refusals import BadField
from notify.service import consent_of
from notify.states import Choice, Field, FieldType, Step
from notify.tables import DocumentRow
from records import Refused

_SUBKINDS = {
    "BIKE_CLUTTER": (
        Choice("SHARED_BIKE_CLUTTER", "共享单车", "Shared bikes"),
        Choice("PRIVATE_NMV", "私人非机动车", "Private bikes"),
    ),
    "OUTDOOR_AD": (
        Choice("AD_NO_LICENCE", "未经许可设置", "No licence"),
        Choice("AD_OFF_PLAN", "不符合规划", "Off plan"),
        Choice("SIGN_OFF_SPEC", "招牌不符合规范", "Sign off specification"),
        Choice("BANNER_OR_A_BOARD", "横幅、立牌", "Banner or A-board"),
        Choice("DAMAGED_OR_UNLIT", "破损、断亮", "Damaged or unlit"),
    ),
}
_GRADES = {
    "minor": ("较轻", "Minor"),
    "ordinary": ("一般", "Ordinary"),
    "serious": ("较重", "Serious"),
    "grave": ("严重", "Grave"),
}


def _officers(m: Moment) -> list[Choice]:
    known = m.registers.officers(m.today)
    return [
        Choice(o.id, f"{o.name}（{o.certificate}）", f"{o.name} ({o.certificate})") for o in known if o.id != m.actor.id
    ]


def _chairs(m: Moment) -> list[Choice]:
    free = [o for o in m.registers.officers(m.today) if o.id not in m.open_case.officers]
    return [
        Choice(o.id, o.name, o.name) for o in free if chair_is_apart.test(replace(m, values={"chair": o.id})) is None
    ]


def _case_officers(m: Moment) -> list[Choice]:
    names = [(person, person_name(m, person)) for person in m.open_case.officers]
    return [Choice(person, name, name) for person, name in names]


def _papers(m: Moment) -> list[Choice]:
    query = select(DocumentRow).where(DocumentRow.owner_id == m.owner.id).order_by(DocumentRow.position)
    return [Choice(row.id, f"{row.title} {row.number}", row.number) for row in m.session.scalars(query)]


def _subjects(m: Moment) -> list[Choice]:
    return [
        Choice(c.subject_id, f"{c.name}（{c.score:.0%}：{c.zh}）", f"{c.name} ({c.score:.0%}: {c.en})")
        for c in candidates(m)
    ]


def _grade_choices(m: Moment) -> list[Choice]:
    found = [
        Choice(
            g.name,
            f"{_GRADES[g.name][0]}：{g.when}（¥{yuan_text(g.low_fen)}-¥{yuan_text(g.high_fen)}）",
            f"{_GRADES[g.name][1]} (¥{yuan_text(g.low_fen)}-¥{yuan_text(g.high_fen)})",
        )
        for g in grades(m)
    ]
    return found or [
        Choice("minimum", f"法定最低（{legal_range(m).text()}）", f"Statutory minimum ({legal_range(m).text()})")
    ]


_LISTS: dict[str, Callable[[Moment], list[Choice]]] = {
    "officers": _officers,
    "chairs": _chairs,
    "case_officers": _case_officers,
    "subjects": _subjects,
    "grades": _grade_choices,
    "on_site_packages": lambda m: [
        Choice(p.package_id, p.package_id, p.package_id) for p in m.packages() if p.stage == "on_site"
    ],
    "packages": lambda m: [
        Choice(p.package_id, f"{p.package_id}（{p.stage}）", f"{p.package_id} ({p.stage})") for p in m.packages()
    ],
    "organs": lambda m: [Choice(o.code, o.name, o.name) for o in m.registers.organs() if o.code != m.organ.code],
    "papers": _papers,
    "subkinds": lambda m: list(_SUBKINDS.get(m.lead.kind, ())),
}


def _amount(m: Moment) -> str:
    fen = m.open_case.notified_fen
    return yuan_text(fen if fen is not None else default_amount(m))


_DEFAULTS: dict[str, Callable[[Moment], Any]] = {
    "moments": drafted,
    "subkind": lambda m: m.lead.subkind,
    "subject": usual,
    "grade": lambda m: next((c.value for c in _grade_choices(m)), None),
    "amount": _amount,
    "phone": lambda m: m.subject.phone if m.subject else None,
    "surcharge": lambda m: yuan_text(surcharge_now(m)),
    "eservice": lambda m: "electronic" if consent_of(m) else "direct",
    "recurrence": recurrence,
    "notice": lambda m: "sms" if m.law("sms_for_prior_notice") else "direct",
}


def filled_fields(m: Moment, step: Step) -> tuple[Field, ...]:
    """The step's fields with choices and defaults for this lead or case; a list that the law leaves open is empty."""
    return tuple(_filled(m, one) for one in step.fields if not _unneeded(m, one))


def _unneeded(m: Moment, one: Field) -> bool:
    if one.asked_of and not m.actor.has(one.asked_of):
        return True
    if one.name == "offset" and m.record("volunteer") is None:
        return True
    return one.choices_from == "subkinds" and m.lead.kind not in _SUBKINDS


def _filled(m: Moment, one: Field) -> Field:
    try:
        choices = tuple(_LISTS[one.choices_from](m)) if one.choices_from else one.choices
    except Refused:  # an open law is reported as a refusal of the step, not of its form
        return replace(one, choices=(), default=None)
    return replace(one, choices=choices, default=_default(m, one))


def _default(m: Moment, one: Field) -> Any:
    try:
        return _DEFAULTS[one.default_from](m) if one.default_from else one.default
    except Refused:
        return None


def parse_values(m: Moment, step: Step, raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was filled in, typed. Raises BadField `E_FIELD` naming the field."""
    unknown = set(raw) - {one.name for one in step.fields}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise BadField(f"{step.zh}：没有字段{names}", f"{step.code}: unknown field {names}")
    values: dict[str, Any] = {}
    for one in step.fields:
        if _unneeded(m, one):
            values[one.name] = None
            continue
        given = raw.get(one.name)
        if given is None and one.type is not FieldType.BOOL:  # left out, as against emptied: the offered default holds
            given = _default(m, one)
        if given is None or (isinstance(given, str) and not given.strip()):
            if one.required and one.type is not FieldType.BOOL:
                raise BadField(f"请填写{one.zh}", f"{one.en} is missing", f"{step.code}.{one.name}")
            values[one.name] = False if one.type is FieldType.BOOL else None
            continue
        values[one.name] = _typed(m, step, one, given)
    return values


def _typed(m: Moment, step: Step, one: Field, given: Any) -> Any:
    where = f"{step.code}.{one.name}"
    if one.type is FieldType.BOOL:
        return given in (True, "true", "True", "on", "1", 1, "yes")
    if one.type is FieldType.MONEY:
        return fen_of(given)
    if one.type is FieldType.DATE:
        try:
            return given if isinstance(given, date) else date.fromisoformat(str(given))
        except ValueError:
            raise BadField(f"{one.zh}须为日期，如2026-06-03", f"{one.en}: {given!r} is not a date", where) from None
    if one.type is FieldType.INT:
        if not str(given).isdecimal():
            raise BadField(f"{one.zh}须为整数", f"{one.en}: {given!r} is not a whole number", where)
        return int(given)
    text = str(given).strip()
    if len(text) > 4000:
        raise BadField(f"{one.zh}超过4000字", f"{one.en} is longer than 4000 characters", where)
    if one.type is FieldType.CHOICE:
        if one.choices_from == "subjects" and m.registers.subject(text):
            return text  # anybody of the register may be named; the source says whether rightly
        if text not in {choice.value for choice in _filled(m, one).choices}:
            raise BadField(f"{one.zh}不在可选范围内", f"{one.en}: {text!r} is not offered", where)
    return text
