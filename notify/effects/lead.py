"""What the steps of a lead do up to a known party: reviews, the subject, merging, hand-off, dissuasion."""

from typing import Any

from sqlalchemy import select

from notify.documents.source import first_seen, issue, local_text, paragraphs, place_text
from notify.guards import DEVICE, QUALITIES, competent_organ
from notify.identity import one_act
from notify.moment import Moment
from notify.registers import SubjectRow, check_identity_number
from notify.service import (
    contact_of,
    serve,
    text_party,
)
from notify.states import State
from notify.suppressions import suppress
from records import iso, uuid7


def discard(m: Moment) -> None:
    """Keep the label as a reason: it is what the network learns from, and what may silence the camera here."""
    m.body["label"] = m.values["reason"]
    suppress(m, str(m.values["reason"]))


def reject(m: Moment) -> None:
    """A clerk who finds a false detection silences the camera here as an operator does."""
    if m.values.get("about"):
        suppress(m, str(m.values["about"]))


def review(m: Moment) -> None:
    """The four-quality review of every used package that has none yet."""
    verdict = {quality: bool(m.values[quality]) for quality in QUALITIES}
    for package in m.packages():
        if package.review is None:
            package.review = {**verdict, "lawful_means": True, "by": m.actor.id, "at": iso(m.now)}
    if m.values.get("subkind"):
        m.lead.subkind = str(m.values["subkind"])
    m.lead.matter = m.matter


def on_site(m: Moment) -> None:
    """Officers' own evidence, sealed and sent in like any, carries the lead where the camera's may not.

    What the camera took then only led there, and nothing rests on it (domain 2.11).
    """
    if m.law("camera_authority", m.act_day) != "direct" or any(one.test(m) is not None for one in DEVICE):
        aside = [package for package in m.packages() if package.stage != "on_site"]
        for package in aside:
            package.used = False
        m.body["lead_only"] = [package.package_id for package in aside]
    if m.values.get("subkind"):
        m.lead.subkind = str(m.values["subkind"])
    m.lead.matter = m.matter


def identify(m: Moment) -> None:
    """Bind the subject that a person confirmed; a second capture of the same act joins the first."""
    m.lead.subject_id = str(m.values["subject_id"])
    m.lead.matter = m.matter
    root = one_act(m)
    if root is not None:
        merge_into(m, root)


def identify_on_site(m: Moment) -> None:
    """Officers asked for the party's papers: write the subject down, then as in `identify`."""
    number = m.values.get("id_number") or None
    check_identity_number(str(m.values["kind"]), number, "identity")
    found = m.session.scalars(select(SubjectRow).where(SubjectRow.id_number == number)).first() if number else None
    if found is None:
        found = SubjectRow(
            id=uuid7(m.clock),
            kind=m.values["kind"],
            name=m.values["name"],
            id_number=number,
            address=m.values["address"],
            phone=m.values.get("phone"),
            representative=None,
            authority="officer_inquiry",
        )
        m.session.add(found)
        m.session.flush()
    m.values["subject_id"] = found.id
    identify(m)


def merge_into(m: Moment, root: Any) -> None:
    """The same act seen again: this lead ends, its packages are attached to the earlier one."""
    for package in m.packages(used_only=False):
        package.lead_id, package.used = root.id, False
    root.last_seen = max(root.last_seen, m.lead.last_seen)
    m.lead.merged_into = root.id
    m.body["merged_into"] = root.id
    m.target = State.MERGED


def handoff(m: Moment) -> None:
    """The letter by which another organ takes over (APL 22)."""
    organ = competent_organ(m)
    basis = m.law("articles.handoff")
    issue(
        m,
        "HANDOFF",
        {
            "addressee": f"{organ}机关",
            "transfer": {
                "organ": organ,
                "facts": str(m.values["facts"]),
                "evidence": "；".join(package.package_id for package in m.packages()),
            },
            "paragraphs": paragraphs(
                f"本机关在非现场执法中发现：{local_text(m, first_seen(m))}，在{place_text(m)}，{m.values['facts']}。",
                f"经审查，该事项不属于本机关管辖。依据{basis}，现将线索和证据移送你机关处理，处理结果请函告本机关。",
                ("移送材料：", "；".join(package.package_id for package in m.packages())),
            ),
        },
    )
    m.body["organ"] = organ


def dissuade(m: Moment) -> None:
    """The message that asks, before anything is ordered (PD 15)."""
    whom = contact_of(m)
    service = serve(m, "dissuade", [], "sms", whom.name if whom else "", {})
    text_party(m, service, dissuasion_text(m), whom)


def dissuasion_text(m: Moment) -> str:
    """Who, what, where, when, what to do, where to look, whom to call (PD 15)."""
    organ = m.organ
    name, demand = m.law(f"matters.{m.matter}.name", m.act_day), m.law(f"matters.{m.matter}.demand", m.act_day)
    whom = contact_of(m)
    who = whom.name if whom else "您好"
    return (
        f"【{organ.name}】{who}：{local_text(m, first_seen(m))}，在{place_text(m)}发现{name}，"
        f"请{demand}。证据查询：{{link}} 联系电话：{organ.phone}"
    )
