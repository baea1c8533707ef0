"""The demo's people and registers: made-up names, identity numbers with right check digits, everything marked demo."""

from datetime import date, timedelta
from typing import Any

from models.scenes import Script
from notify import credit_check_digit

PASSWORD = "shifanqu-2026"  # noqa: S105 - printed by the demo, good for nothing else
ORGAN = "DEMO"
ORGAN_NAME = "示范区城市管理行政执法局（演示）"

# login, name, roles, officer's certificate
STAFF: tuple[tuple[str, str, tuple[str, ...], str | None], ...] = (
    ("operator", "林值守", ("OPER",), None),
    ("clerk", "周审核", ("CLERK",), None),
    ("officer", "陈执法", ("OFFICER",), "DEMO-0001"),
    ("officer2", "吴执法", ("OFFICER",), "DEMO-0002"),
    ("squad", "赵队长", ("SQUAD",), "DEMO-0003"),
    ("legal", "钱法制", ("LEGAL",), None),
    ("head", "孙局长", ("HEAD", "PANEL"), None),
    ("supervisor", "郑督察", ("SUPER", "PRIV"), None),
)
BIKE_OPERATORS = ("示范单车（演示）有限公司", "演示出行有限公司", "样例单车有限公司")


def users() -> list[dict[str, Any]]:
    """Who may sign in."""
    return [
        {"id": login, "login": login, "name": name, "password": PASSWORD, "roles": list(roles)}
        for login, name, roles, _ in STAFF
    ]


def registers(script: Script) -> dict[str, Any]:
    """Organ, officers, devices, matters, subjects, shops and bike operators of the district on the script's day."""
    day = script.start.date()
    year_ago, year_on = day - timedelta(days=365), day + timedelta(days=365)
    subjects = [_shop_subject(number, shop.name, shop.address) for number, shop in enumerate(script.district.shops)]
    operators = [_operator(number, name) for number, name in enumerate(BIKE_OPERATORS)]
    return {
        "organs": [_organ()],
        "officers": [_officer(login, name, certificate, year_ago, year_on) for login, name, _, certificate in STAFF],
        "devices": [_device(name, kind, year_ago, year_on) for name, kind in _devices(script)],
        "matters": [
            {"matter": matter, "listed_from": year_ago, "version": "demo-1"}
            for matter in ("STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER.SHARED_BIKE_CLUTTER")
        ],
        "subjects": subjects + [subject for _, subject in operators],
        "shops": [
            {"id": shop.id, "name": shop.name, "address": shop.address, "subject_id": subject["id"]}
            for shop, subject in zip(script.district.shops, subjects, strict=True)
        ],
        "bike_operators": [operator for operator, _ in operators],
    }


def phones_of(script: Script) -> dict[str, str]:
    """The telephone of every subject in the registers, by its id."""
    return {subject["id"]: subject["phone"] for subject in registers(script)["subjects"]}


def phone_of(number: int) -> str:
    """A telephone number nobody has; never one that the sandbox gateway cannot deliver to."""
    return f"1990000{number + 1:04d}"


def _devices(script: Script) -> list[tuple[str, str]]:
    return [(one.id, "camera") for one in script.cameras] + [(one.id, "vehicle") for one in script.vehicles]


def _organ() -> dict[str, Any]:
    return {
        "code": ORGAN,
        "name": ORGAN_NAME,
        "abbr": "示",
        "level": "district_bureau",
        "address": "示范区示范路1号",
        "phone": "021-00000000",
        "seal": "示范区城市管理行政执法局印（演示）",
    }


def _officer(login: str, name: str, certificate: str | None, start: date, end: date) -> dict[str, Any]:
    officer: dict[str, Any] = {"id": login, "name": name, "organ": ORGAN, "squad": "示范中队", "kind": "auxiliary"}
    if certificate:
        officer |= {"kind": "officer", "certificate": certificate, "valid_from": start, "valid_to": end}
    if login == "legal":
        officer |= {"legal_qualification": "DEMO-LEGAL-01"}
    return officer


def _device(name: str, kind: str, start: date, end: date) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "place": "示范区示范路",
        "legal_review_from": start,
        "legal_review_to": end,
        "technical_review_from": start,
        "technical_review_to": end,
        "standard": "演示标准",
        "published_at": start,
        "published_url": "https://demo.invalid/devices",
        "marked_from": start,
        "maintained_to": end,
    }


def _shop_subject(number: int, name: str, address: str) -> dict[str, Any]:
    return {
        "id": f"subject-{number + 1}",
        "kind": "business",
        "name": f"示范区{name}（个体工商户）",
        "id_number": _credit_code("92310115", number),
        "address": address,
        "phone": phone_of(number),
        "representative": f"店主{number + 1}",
    }


def _operator(number: int, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    subject = {
        "id": f"operator-subject-{number + 1}",
        "kind": "org",
        "name": name,
        "id_number": _credit_code("91310115", 900 + number),
        "address": "示范区运营路8号",
        "phone": phone_of(900 + number),
        "representative": "值班经理",
    }
    return {"id": f"operator-{number + 1}", "name": name, "subject_id": subject["id"]}, subject


def _credit_code(prefix: str, number: int) -> str:
    first17 = f"{prefix}MA1D{number:05d}"
    return first17 + credit_check_digit(first17)
