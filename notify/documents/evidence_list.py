"""The list of evidence: what each package is, when, where, by what it was taken, its hash, who had and judged it."""

from notify.documents.source import local_text
from notify.moment import Moment
from notify.people import person_name
from notify.tables import PackageRow
from records import parse_iso

_STAGES = {"first_seen": "首次发现", "after_notice": "责令改正后复核", "recheck": "复核", "on_site": "现场取证"}
_QUALITIES = {"authentic": "真实", "clear": "清晰", "complete": "完整", "accurate": "准确"}


def evidence_items(m: Moment) -> list[dict[str, str]]:
    """One entry for each package that the case stands on (APL 41, 46; PD 9, 10)."""
    return [_item(m, number, package) for number, package in enumerate(m.packages(), start=1)]


def _item(m: Moment, number: int, package: PackageRow) -> dict[str, str]:
    device = m.registers.device(m.lead.source_id)
    on_site = package.stage == "on_site"
    return {
        "title": f"证据{number}　{_STAGES.get(package.stage, package.stage)}证据包",
        "id": package.package_id,
        "kind": "视听资料、电子数据",
        "captured": _captured(m, package),
        "place": m.lead.address or f"东经{m.lead.lon:.6f}°、北纬{m.lead.lat:.6f}°",
        "device": "执法人员现场采集" if on_site else f"{m.lead.source_id}（{device.place if device else '未登记'}）",
        "algorithm": "SHA-256（封签文件）",
        "value": package.seal_sha256,
        "custody": _custody(m, package),
        "review": _review(m, package),
    }


def _captured(m: Moment, package: PackageRow) -> str:
    if package.stage == "first_seen" and package.alert_id == m.lead.id:
        return f"{local_text(m, m.lead.opened)}至{local_text(m, m.lead.raised)}"
    found = m.lead.recheck or {}
    if found.get("package_id") == package.package_id and found.get("at"):
        return local_text(m, parse_iso(found["at"]))
    return f"{local_text(m, package.sealed_at)}封存前"


def _custody(m: Moment, package: PackageRow) -> str:
    stamped = f"；{local_text(m, package.stamped_at)}取得可信时间戳" if package.stamped_at else ""
    return f"{local_text(m, package.sealed_at)}在采集设备上封存{stamped}；此后由本机关证据库保管，查阅均有登记"


def _review(m: Moment, package: PackageRow) -> str:
    review = package.review
    if review is None:
        return "未审核"
    held = "、".join(f"{word}{'合格' if review.get(name) else '不合格'}" for name, word in _QUALITIES.items())
    at = f"，{local_text(m, parse_iso(review['at']))}" if review.get("at") else ""
    return f"{held}（审核人{person_name(m, str(review.get('by', '')))}{at}）"
