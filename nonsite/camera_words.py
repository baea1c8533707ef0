"""What the watch over a camera says of it, in both languages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from detectors import Drift
from records import iso

_STOPS = {
    "moved": (
        "摄像机已移位（画面偏移{v}像素），停止告警，请复位或重新标定",
        "the camera has been moved (the picture is {v} px off): it raises no alerts; set it right or calibrate it anew",
    ),
    "not recognised": (
        "画面与标定时不符，摄像机可能被转动或被大物遮挡，停止告警",
        "the scene is not what it was calibrated on: turned, or something large stands in front; it raises no alerts",
    ),
    "blind": ("摄像机被遮挡或无画面，停止告警", "the camera is covered or sees nothing: it raises no alerts"),
    "frozen": ("画面静止不动，停止告警", "the picture stands still to the last pixel: it raises no alerts"),
}
_LENS = {
    "soft": (
        "画面模糊，清晰度为平时的{v}%，镜头可能脏污或失焦",
        "the picture is soft: {v} % of its usual sharpness; the lens may be dirty or out of focus",
    ),
    "hidden": (
        "{v}%的固定景物看不见，镜头可能脏污或被部分遮挡",
        "{v} % of what stands there cannot be seen: the lens may be dirty or partly covered",
    ),
}
_DRIFT = {
    "rate": (
        "{kind}的检出量偏离往常：每次{value}个，往常{usual}个",
        "{kind}: {value} are seen in a look, {usual} are usual",
    ),
    "score": (
        "{kind}的检出置信度偏离往常：{value}，往常{usual}",
        "{kind}: seen with a score of {value}, {usual} is usual",
    ),
}
_KINDS_ZH = {
    "person": "行人",
    "bicycle": "自行车",
    "motorcycle": "电动车",
    "stall": "摊位",
    "goods": "货物",
    "signboard": "招牌",
    "vehicle": "车辆",
    "umbrella": "遮阳伞",
    "furniture": "桌椅",
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that is wrong with a camera; `stops` says that it raises no alerts until that is lifted."""

    code: str
    zh: str
    en: str
    since: datetime
    stops: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "zh": self.zh, "en": self.en, "since": iso(self.since), "stops": self.stops}


def stopped(reason: str, since: datetime, shift_px: float | None) -> Alarm:
    """The camera is moved, blind or frozen."""
    zh, en = _STOPS[reason]
    v = "?" if shift_px is None else f"{shift_px:.0f}"
    return Alarm(reason, zh.format(v=v), en.format(v=v), since, stops=True)


def lens(code: str, since: datetime, share: float) -> Alarm:
    """The lens is `soft` (share of the usual sharpness) or part of the scene is `hidden` (share of it)."""
    zh, en = _LENS[code]
    v = f"{100 * share:.0f}"
    return Alarm(code, zh.format(v=v), en.format(v=v), since)


def drifted(drifts: Iterable[Drift], since: datetime) -> list[Alarm]:
    """The network sees something else than it used to."""
    found = []
    for one in drifts:
        zh, en = _DRIFT[one.figure]
        value, usual = f"{one.value:.2f}", f"{one.usual:.2f}"
        found.append(
            Alarm(
                f"drift/{one.kind}/{one.figure}",
                zh.format(kind=_KINDS_ZH[one.kind], value=value, usual=usual),
                en.format(kind=one.kind, value=value, usual=usual),
                since,
            )
        )
    return found
