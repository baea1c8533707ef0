"""The key moments of each recording in words, without which a recording proves nothing (PD 9): drafted from what the
detectors saw, said by the officers, tested before the party is told.
"""

import re

from notify.documents.source import local_text
from notify.guards import guard
from notify.moment import Moment
from notify.tables import PackageRow
from records import parse_iso

_LEAST = 6  # characters of a line that says something


def recordings(m: Moment) -> list[PackageRow]:
    """The packages that a device made, oldest first; what officers took on site has its own record."""
    return [package for package in m.packages() if package.stage != "on_site"]


def drafted(m: Moment) -> str:
    """A line for each recording: its number, when, and what the detectors measured; the officers correct it."""
    return "\n".join(f"{n}. {_line(m, package)}" for n, package in enumerate(recordings(m), start=1))


def _line(m: Moment, package: PackageRow) -> str:
    found = m.lead.recheck or {}
    if found.get("package_id") == package.package_id and found.get("at"):
        seen = {"still": "复核时仍在，未改正", "cleared": "复核时已改正"}.get(str(found.get("result")), "复核画面")
        return f"{local_text(m, parse_iso(found['at']))}：{seen}"
    if package.alert_id == m.lead.id and package.stage == "first_seen":
        shown = "，".join(str(one.get("zh", "")).rstrip("。；") for one in m.lead.message.get("reasons", [])[:3])
        return f"{local_text(m, m.lead.opened)}至{local_text(m, m.lead.raised)}：{shown or '画面所示情形'}"
    return f"{local_text(m, package.sealed_at)}封存前：画面所示情形"


def _unsaid(m: Moment, text: str) -> list[str]:
    lines = dict(re.findall(r"^\s*(\d+)[.．、]\s*(.+)$", text, re.MULTILINE))
    return [str(n) for n in range(1, len(recordings(m)) + 1) if len(str(lines.get(str(n), "")).strip()) < _LEAST]


@guard("E_UNEXPLAINED", "须逐件写明关键画面的时间和内容", "each recording's key moments must be told", "PD 9", True)
def told_each(m: Moment) -> str | None:
    missing = _unsaid(m, str(m.values.get("moments") or ""))
    return "、".join(f"证据{n}" for n in missing) or None


@guard("E_UNEXPLAINED", "有视频证据没有关键画面说明", "a recording has no words to its key moments", "PD 9")
def all_told(m: Moment) -> str | None:
    told = {one for row in m.records("investigate", "explain") for one in row.body.get("explained", [])}
    return ", ".join(p.package_id[:13] for p in recordings(m) if p.package_id not in told) or None


def keep_told(m: Moment) -> None:
    """Note which recordings these words are of."""
    m.body["explained"] = [package.package_id for package in recordings(m)]
