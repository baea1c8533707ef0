"""Every element of a violation in words that an operator reads, in Chinese and in English.

One row per code: met, not met, undecided; each as (zh, en). `{v}` is the value found, `{t}` the threshold.
"""

from __future__ import annotations

_Pair = tuple[str, str]

_WORDS: dict[str, tuple[_Pair, _Pair, _Pair]] = {
    "THING": (
        ("看到设摊物：{v}", "a stall is seen: {v}"),
        ("没有设摊物：{v}", "no stall is seen: {v}"),
        ("设摊物尚不能确定：{v}", "whether this is a stall is not certain yet: {v}"),
    ),
    "SIGN": (
        ("看到广告牌或招牌", "a board or sign is seen"),
        ("没有看到广告牌或招牌", "no board or sign is seen"),
        ("是否为广告牌尚不能确定", "whether this is a board is not certain"),
    ),
    "FREE_STANDING": (
        ("距门店线 {v} 米，不属于店铺", "{v} m from the frontage line: belongs to no shop"),
        ("距门店线 {v} 米，属于店铺", "{v} m from the frontage line: belongs to a shop"),
        ("距门店线 {v} 米，归属待定", "{v} m from the frontage line: whose it is is not certain"),
    ),
    "ZONE": (
        ("位于禁止设摊区域 {v}", "inside {v}, where vending is forbidden"),
        ("不在禁止设摊区域内", "not inside an area where vending is forbidden"),
        ("离禁止设摊区域边界太近，不能判定", "too near the edge of the forbidden area to decide"),
    ),
    "NO_PERMIT": (
        ("此处此时没有有效许可", "no permit is in force here now"),
        ("此处此时有有效许可 {v}", "permit {v} is in force here now"),
        ("离许可区域 {v} 边界太近，不能判定", "too near the edge of permitted area {v} to decide"),
    ),
    "SHOP": (
        ("属于店铺 {v}", "belongs to the shop {v}"),
        ("附近没有店铺", "no shop is near"),
        ("归属店铺待定", "which shop it belongs to is not certain"),
    ),
    "OVERHANG": (
        ("超出门店线 {v} 米（限 {t} 米）", "{v} m beyond the frontage line (limit {t} m)"),
        ("超出门店线 {v} 米，未过 {t} 米", "{v} m beyond the frontage line, not over {t} m"),
        (
            "超出门店线 {v} 米，与限值 {t} 米相差小于测量误差",
            "{v} m beyond the line: nearer to {t} m than can be measured",
        ),
    ),
    "NOT_UNLOADING": (
        ("不是装卸货物", "nothing is being unloaded"),
        ("正在装卸货物，已 {v} 秒（限 {t} 秒）", "goods are being unloaded since {v} s (allowed {t} s)"),
        ("是否装卸货物待定", "whether goods are being unloaded is not certain"),
    ),
    "NOT_SUPPRESSED": (
        ("没有被值守员排除", "no operator has silenced the camera here"),
        ("{v} 认定此处为误报，{t} 前不告警", "a false alarm here, says {v}: no alert until {t}"),
        ("是否被排除待定", "whether an operator has silenced the camera here is not certain"),
    ),
    "NEW_EVENT": (
        ("是新的事件", "it is an event of its own"),
        ("与告警 {v} 属同一事件", "the same event as alert {v}"),
        ("是否新的事件待定", "whether it is an event of its own is not certain"),
    ),
    "AD_AREA": (
        ("位于户外广告管控区域 {v}", "inside {v}, where outdoor advertisements need a licence"),
        ("不在户外广告管控区域内", "not inside an area where outdoor advertisements need a licence"),
        ("离管控区域边界太近，不能判定", "too near the edge of the controlled area to decide"),
    ),
    "NO_LICENCE": (
        ("{t} 米内没有位置、朝向和大小相符的许可", "no licence of this place, facing and size within {t} m"),
        ("与{v}的许可相符", "matches the licence of {v}"),
        ("是否与{v}的许可相符待定", "whether it matches the licence of {v} is not certain"),
    ),
    "FIXED_SIGN": (
        ("是固定设置的广告设施", "it is a fixed advertisement"),
        ("属于{v}，不是户外广告设施", "belongs to a {v}: not an outdoor advertisement"),
        ("是否固定设置待定", "whether it is fixed is not certain"),
    ),
    "VIEWS": (
        ("有 {v} 次独立观察（需 {t} 次）", "{v} separate views ({t} needed)"),
        ("只有 {v} 次独立观察（需 {t} 次）", "only {v} separate views ({t} needed)"),
        ("只有 {v} 次独立观察（需 {t} 次）", "only {v} separate views ({t} needed)"),
    ),
    "PASSES": (
        ("在 {v} 次不同的巡查中看到（需 {t} 次）", "seen in {v} separate passes ({t} needed)"),
        ("只在 {v} 次巡查中看到（需 {t} 次）", "seen in only {v} passes ({t} needed)"),
        ("只在 {v} 次巡查中看到（需 {t} 次）", "seen in only {v} passes ({t} needed)"),
    ),
    "BIKE_AREA": (
        ("位于非机动车管理区域 {v}", "inside {v}, where bicycles must stand in bays"),
        ("不在非机动车管理区域内", "not inside an area where bicycles must stand in bays"),
        ("离管理区域边界太近，不能判定", "too near the edge of the managed area to decide"),
    ),
    "OUTSIDE_BAY": (
        ("在停放区外", "outside every parking bay"),
        ("在停放区 {v} 内", "inside parking bay {v}"),
        ("离停放区 {v} 边界太近，不能判定", "too near the edge of parking bay {v} to decide"),
    ),
    "BLOCKING": (
        ("停放 {v} 辆（限 {t} 辆）", "{v} of them (limit {t})"),
        ("停放 {v} 辆，未达 {t} 辆，通行净宽足够", "{v} of them, below {t}, and they leave the way free"),
        ("停放 {v} 辆，尚不能判定（限 {t} 辆）", "{v} of them: not certain yet (limit {t})"),
    ),
    "CLEAR_WIDTH": (
        ("人行道只剩净宽 {v} 米（至少 {t} 米）", "they leave only {v} m of the walkway free ({t} m needed)"),
        ("人行道尚有净宽 {v} 米（至少 {t} 米）", "they leave {v} m of the walkway free ({t} m needed)"),
        ("人行道剩余净宽 {v} 米，不能判定", "whether {v} m of the walkway are enough is not certain"),
    ),
    "OCCUPIED": (
        ("占地 {v} 平方米", "they cover {v} m²"),
        ("占地 {v} 平方米", "they cover {v} m²"),
        ("占地约 {v} 平方米", "they cover some {v} m²"),
    ),
    "FREE_WIDTH": (
        (
            "停放区以外的人行道剩余净宽 {v} 米（至少 {t} 米）",
            "{v} m of the walkway outside bays stay free ({t} m needed)",
        ),
        ("停放区以外的人行道剩余净宽 {v} 米", "{v} m of the walkway outside bays stay free"),
        ("人行道剩余净宽待定", "how much of the walkway stays free is not certain"),
    ),
    "PATTERN": (
        ("摆放：{v}", "they stand in a {v}"),
        ("摆放：{v}", "they stand in a {v}"),
        ("摆放方式待定", "how they stand is not certain"),
    ),
    "BRANDS": (
        ("按车身颜色辨认（供核对）：{v}", "by the colour of their liveries (to be checked): {v}"),
        ("车身颜色辨认不出企业", "their liveries show no operator"),
        ("企业待定", "whose they are is not certain"),
    ),
    "SIGN_TEXT": (
        ("招牌文字：“{v}”", "it says “{v}”"),
        ("招牌没有文字", "it bears no text"),
        ("招牌文字辨认不清", "what it says is not certain"),
    ),
    "PRESENCE": (
        ("能看到该处的画面中，{v} 有它（至少 {t}）", "in {v} of the pictures that show the place (at least {t})"),
        (
            "能看到该处的画面中，只有 {v} 有它（至少 {t}）",
            "in only {v} of the pictures that show the place ({t} needed)",
        ),
        ("画面还太少：能看到该处的画面中 {v} 有它", "too few pictures yet: in {v} of those that show the place"),
    ),
    "DWELL": (
        ("违法停留 {v} 秒（限 {t} 秒）", "stood unlawfully for {v} s (limit {t} s)"),
        ("违法停留 {v} 秒，未满 {t} 秒", "stood unlawfully for {v} s, not yet {t} s"),
        ("违法停留 {v} 秒（限 {t} 秒）", "stood unlawfully for {v} s (limit {t} s)"),
    ),
    "CONFIRMED": (
        ("确认时连续画面中，{v} 有它（至少 {t}）", "in {v} of the pictures taken to confirm it (at least {t})"),
        (
            "确认时连续画面中，只有 {v} 有它（至少 {t}）",
            "in only {v} of the pictures taken to confirm it ({t} needed)",
        ),
        ("没有确认画面", "no pictures to confirm it"),
    ),
    "CAMERA": (
        ("摄像机画面与标定一致", "the camera sees what it was calibrated on"),
        ("摄像机{v}，不得据此告警", "the camera is {v}: it accuses nobody"),
        ("摄像机是否与标定一致待定", "whether the camera sees what it was calibrated on is not certain"),
    ),
}

_THINGS_ZH = {
    "stall": "摊位",
    "goods": "货物",
    "furniture": "桌椅",
    "umbrella": "遮阳伞",
    "vehicle": "车辆",
    "signboard": "招牌",
    "bicycle": "自行车",
    "motorcycle": "电动车",
    "heap": "杂乱成堆",
    "row": "成排",
    "private": "非共享",
    "unknown": "不明",
    "moved": "已移位",
    "blind": "被遮挡或无画面",
    "frozen": "画面静止不动",
    "not recognised": "画面与标定时不符",
    "not verified": "画面无法与标定核对",
}

_SHARES = frozenset({"PRESENCE", "CONFIRMED"})

CODES = frozenset(_WORDS)


def sentence(code: str, met: bool | None, value: object, threshold: object) -> _Pair:
    """(zh, en) of an element; numbers with two decimals at most."""
    met_words, unmet_words, open_words = _WORDS[code]
    zh, en = open_words if met is None else met_words if met else unmet_words
    shown = _percent if code in _SHARES else _plain
    v, t = shown(value), shown(threshold)
    chinese = "、".join(_in_chinese(part) for part in v.split(", "))
    return zh.format(v=chinese, t=t), en.format(v=v, t=t)


def _in_chinese(part: str) -> str:
    """A thing, or a thing with its number behind it."""
    name, blank, number = part.rpartition(" ")
    return f"{_THINGS_ZH[name]} {number}" if blank and name in _THINGS_ZH else _THINGS_ZH.get(part, part)


def _percent(value: object) -> str:
    return f"{100 * value:.0f} %" if isinstance(value, float | int) else _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
