"""Conditions of the steps of a lead: evidence, device, competence, identity, warning and re-check.

Each guard says what stands in the way, or None. Its code is what a refusal carries (domain scenarios name them).
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from notify.candidates import licences_at
from notify.moment import Moment
from notify.refusals import Barred
from notify.registers import DeviceRow
from notify.service import contact_of
from notify.states import Guard
from notify.tables import PackageRow, ServiceRow

Test = Callable[[Moment], str | None]
QUALITIES = ("authentic", "clear", "complete", "accurate")


def guard(
    code: str, zh: str, en: str, law: str = "", needs_values: bool = False, moot: bool = False
) -> Callable[[Test], Guard]:
    """Make a guard of a test."""

    def made(test: Test) -> Guard:
        return Guard(code, zh, en, law, test, needs_values, moot)

    return made


def not_intact(m: Moment) -> list[str]:
    """Used packages whose seal, log or hashes do not hold, with the reason."""
    bad = []
    for package in m.packages():
        status = m.statuses.get(package.package_id)
        if package.unusable or status is None or not status.intact:
            bad.append(f"{package.package_id[:13]}: {package.unusable or (status.reason if status else 'not found')}")
    return bad


@guard("E_HASH_MISMATCH", "证据包校验不通过", "an evidence package does not verify", "APL 41, 46")
def evidence_intact(m: Moment) -> str | None:
    bad = not_intact(m)
    return "; ".join(bad) if bad or not m.packages() else None


@guard("E_NOT_SEALED", "证据包尚未封存", "no package is sealed yet", "PD 9")
def sealed_already(m: Moment) -> str | None:
    return None if m.packages(used_only=False) else ""


@guard("E_SEALING", "证据包仍可能送达", "the package may still come", "PD 9", moot=True)
def sealing_late(m: Moment) -> str | None:
    over = m.lead.since + timedelta(minutes=int(m.law("lead_minutes.A0")))
    return None if m.now >= over else over.isoformat()


@guard("E_UNSTAMPED", "证据包尚无可信时间戳", "an evidence package has no time stamp yet", "APL 41")
def evidence_stamped(m: Moment) -> str | None:
    return ", ".join(p.package_id[:13] for p in m.packages() if not _stamped(m, p)) or None


def _stamped(m: Moment, package: PackageRow) -> bool:
    status = m.statuses.get(package.package_id)
    return status is not None and status.stamped


@guard(
    "E_UNREVIEWED", "证据未经四性审核或者审核不合格", "evidence has not passed the four-quality review", "APL 41; PD 10"
)
def evidence_reviewed(m: Moment) -> str | None:
    bad = [p.package_id[:13] for p in m.packages() if not passed_review(p)]
    return ", ".join(bad) if bad or not m.packages() else None


def passed_review(package: PackageRow) -> bool:
    return package.review is not None and all(package.review.get(quality) for quality in QUALITIES)


@guard("E_UNREVIEWED", "四性必须全部合格", "all four qualities must hold", "APL 41; PD 10", needs_values=True)
def four_qualities(m: Moment) -> str | None:
    return None if all(m.values.get(quality) for quality in QUALITIES) else ""


@guard("E_ILLEGAL_MEANS", "须确认取证手段合法", "it must be lawfully obtained", "APL 46", needs_values=True)
def lawful_means(m: Moment) -> str | None:
    return None if m.values.get("lawful_means") else ""


def _device(m: Moment) -> DeviceRow | None:
    return m.registers.device(m.lead.source_id)


def _from_device(m: Moment) -> list[PackageRow]:
    """Packages that a monitoring device made; what officers collected on site needs no device register."""
    return [p for p in m.packages() if p.stage != "on_site"]


@guard(
    "E_DEVICE_NOT_VETTED",
    "设备未经法制审核和技术审核",
    "the device had no valid legal and technical review",
    "APL 41; PD 7",
)
def device_vetted(m: Moment) -> str | None:
    device, packages = _device(m), _from_device(m)
    if device is None:
        return m.lead.source_id if packages else None
    for package in packages:
        day = m.calendar.today(package.sealed_at)
        for since, until in (
            (device.legal_review_from, device.legal_review_to),
            (device.technical_review_from, device.technical_review_to),
        ):
            if since is None or until is None or not since <= day <= until:
                return f"{device.id}, {day}"
        if not device.standard:
            return device.id
    return None


@guard(
    "E_DEVICE_UNPUBLISHED", "设备设置地点未公布或者未设标志", "the device was not published and marked", "APL 41; PD 7"
)
def device_published(m: Moment) -> str | None:
    device, packages = _device(m), _from_device(m)
    if device is None:
        return m.lead.source_id if packages else None
    for package in packages:
        day = m.calendar.today(package.sealed_at)
        if (
            device.published_at is None
            or device.published_at > day
            or device.marked_from is None
            or device.marked_from > day
        ):
            return f"{device.id}, {day}"
    return None


@guard("E_DEVICE_MAINTENANCE", "设备维护检定逾期", "the device's maintenance is overdue", "PD 7")
def device_maintained(m: Moment) -> str | None:
    device = _device(m)
    days = [m.calendar.today(p.sealed_at) for p in _from_device(m)]
    if days and (device is None or (device.maintained_to is None or device.maintained_to < max(days))):
        return m.lead.source_id
    return None


@guard("E_CLOCK", "采集时钟误差超限", "the capture clock was off by too much", "PD 9")
def clock_good(m: Moment) -> str | None:
    limit = float(m.law("evidence.clock_error_max_s"))
    for package in m.packages():
        status = m.statuses.get(package.package_id)
        error_s = status.clock_error_s if status else None
        if error_s is None and package.stage == "on_site":  # the officers' record says when
            continue
        if error_s is None or error_s > limit:  # a device's unknown error is as bad as a great one
            return f"{package.package_id[:13]}: {'?' if error_s is None else f'{error_s:g}'} s > {limit:g} s"
    return None


@guard("E_LOCATION", "定位误差超限", "the place is not known well enough", "PD 10")
def location_known(m: Moment) -> str | None:
    limit, accuracy = float(m.law("evidence.accuracy_max_m")), m.lead.message.get("accuracy_m")
    return None if accuracy is not None and accuracy <= limit else f"{accuracy} m > {limit:g} m"


@guard("E_VEHICLE_AREA", "巡查车不在已公布的监控区域内", "the vehicle was outside its published area", "PD 7")
def vehicle_area(m: Moment) -> str | None:
    device = _device(m)
    if device is None or device.kind != "vehicle":
        return None
    return None if m.verdict.published_area else device.id


@guard("E_AUTHORITY", "本辖区不得仅凭监控证据办案", "camera evidence alone has no legal ground here", "APL 41")
def authority(m: Moment) -> str | None:
    if m.law("camera_authority", m.act_day) == "direct":
        return None
    on_site = any(package.stage == "on_site" for package in m.packages())
    return None if on_site else ""


@guard("E_UNCLASSIFIED", "未区分共享单车与私人非机动车", "shared or private bikes must be told apart", "SH-NMV 31, 43")
def classified(m: Moment) -> str | None:
    chosen = m.values.get("subkind") or m.lead.subkind
    return None if m.lead.kind != "BIKE_CLUTTER" or chosen else ""


@guard("E_NOT_COMPETENT", "本机关无管辖权", "another organ is competent", "APL 17, 22")
def competent(m: Moment) -> str | None:
    if classified.test(m):
        return None
    organ = competent_organ(m)
    return None if organ == m.law("own_competence") else organ


def competent_organ(m: Moment) -> str:
    """The organ that the matter belongs to: by the law of the act, and where competence has passed since, of today."""
    then = str(m.law(f"competence.{m.matter}", m.act_day))
    return then if then != m.law("own_competence") else str(m.law(f"competence.{m.matter}"))


@guard("E_COMPETENT", "本机关有管辖权，不得移送", "this organ is competent itself", "APL 22")
def another_is_competent(m: Moment) -> str | None:
    return None if competent.test(m) else str(m.law("own_competence"))


@guard("E_MATTER_NOT_LISTED", "事项不在非现场执法事项清单内", "the matter is not on the published list", "PD 4")
def matter_listed(m: Moment) -> str | None:
    if not m.law("matter_list.required", m.act_day):
        return None
    return None if m.registers.listed(m.matter, m.act_day) else f"{m.matter}, {m.act_day}"


@guard("E_ID_UNCONFIRMED", "当事人身份未经人工确认", "no person has confirmed who the party is", "APL 40")
def subject_confirmed(m: Moment) -> str | None:
    confirmed = m.record("identify", "identify_on_site", owner=m.lead.id)
    return None if m.subject is not None and confirmed is not None else ""


@guard("E_ID_UNCONFIRMED", "须由人确认身份", "the identity must be confirmed by hand", "APL 40", needs_values=True)
def confirms(m: Moment) -> str | None:
    return None if m.values.get("confirmed") else ""


@guard("E_ID_SOURCE", "所选权威来源与登记不符", "the source named does not hold this party", "APL 40", True)
def source_holds(m: Moment) -> str | None:
    subject, source = m.registers.subject(str(m.values.get("subject_id") or "")), m.values.get("source")
    if subject is None:
        return ""
    if source == "business_licence":
        return None if subject.kind != "person" and subject.id_number else subject.name
    if source == "frontage_inquiry":  # who went there, when, and which papers were seen
        return None if str(m.values.get("inquiry") or "").strip() else subject.name
    if source == "bike_operator_filing":
        return None if any(o.subject_id == subject.id for o in m.registers.bike_operators()) else subject.name
    held = {holder for holder, _, _ in licences_at(m)} if source == "ad_licence" else {subject.name}
    return None if subject.name in held else subject.name


@guard("E_PROFILE_INCOMPLETE", "事项没有现行法律依据", "the matter has no live legal basis", "APL 54")
def basis_live(m: Moment) -> str | None:
    for key in ("prohibition", "penalty", "fine.max_yuan"):
        m.law(f"matters.{m.matter}.{key}", m.act_day)  # raises where it is unknown
    return None


@guard("E_NOT_INFORMED", "未告知当事人违法事实及查询途径", "the party was never told and cannot look", "APL 41")
def party_informed(m: Moment) -> str | None:
    if m.lead.received_at is not None or not _from_device(m):  # who was met on the street was told there
        return None
    query = select(ServiceRow.id).where(ServiceRow.owner_id == m.lead.id, ServiceRow.served_at.is_not(None)).limit(1)
    return None if m.session.scalar(query) else ""


@guard("E_NO_CONTACT", "没有当事人的联系方式", "there is no number to reach the party at")
def has_phone(m: Moment) -> str | None:
    whom = contact_of(m)
    return None if whom is not None and whom.phone else ""


@guard("E_PHASE_WARN", "该区域处于劝导期", "the zone is in its warning phase: dissuasion only")
def phase_enforce(m: Moment) -> str | None:
    return None if m.lead.phase == "enforce" and m.verdict.phase == "enforce" else ""


@guard("E_GROUND_CHANGED", "街面图层事实与告警不一致", "the facts of the street are no longer as the alert says")
def ground_same(m: Moment) -> str | None:
    return m.ground_difference or None


def refuse(blocked: Guard, detail: str) -> Barred:
    """The refusal that a guard's finding turns into; an empty detail adds nothing."""
    zh = f"{blocked.zh}（{detail}）" if detail else blocked.zh
    return Barred(blocked.code, zh, f"{blocked.en} ({detail})" if detail else blocked.en, blocked.law)


DEVICE = (device_vetted, device_published, device_maintained)
ADMISSION = (
    evidence_intact,
    evidence_stamped,
    authority,
    *DEVICE,
    clock_good,
    location_known,
    vehicle_area,
)
