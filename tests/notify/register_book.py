"""A small register for the chain: one organ, officers of every kind, devices, matters, shops and their subjects."""

from typing import Any

from notify import credit_check_digit


def credit_code(number: int) -> str:
    body = f"92310115MA1K{number:05d}"
    return body + credit_check_digit(body)


def registers() -> dict[str, Any]:
    year = {"valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    reviewed = {
        f"{kind}_review_{end}": day
        for kind in ("legal", "technical")
        for end, day in (("from", "2026-01-01"), ("to", "2027-01-01"))
    }
    device = {
        **reviewed,
        "standard": "S-1",
        "published_at": "2026-02-01",
        "published_url": "https://x.invalid",
        "marked_from": "2026-02-01",
        "maintained_to": "2026-12-31",
        "place": "示范路",
    }
    officer = {"organ": "demo", "squad": "一中队"}
    return {
        "organs": [
            {
                "code": "demo",
                "name": "示范区城市管理行政执法局",
                "abbr": "演城管",
                "level": "district_bureau",
                "address": "示范路1号",
                "phone": "021-00000001",
                "seal": "示范区城市管理行政执法局",
                "seal_number": "3101150000001",
            }
        ],
        "officers": [
            {"id": "officer1", "name": "陈一", "certificate": "Z-1", **year, **officer},
            {"id": "officer2", "name": "吴二", "certificate": "Z-2", **year, **officer},
            {"id": "officer3", "name": "郑三", "certificate": "Z-3", **year, **officer},
            {
                "id": "expired",
                "name": "旧证",
                "certificate": "Z-9",
                "valid_from": "2024-01-01",
                "valid_to": "2025-01-01",
                **officer,
            },
            {"id": "aux", "name": "协管", "kind": "auxiliary", **officer},
            {"id": "chair", "name": "主持", "certificate": "Z-5", **year, **officer},
            {"id": "legal", "name": "法制", "legal_qualification": "A-1", "kind": "auxiliary", **officer},
        ],
        "devices": [{"id": "cam-1", "kind": "camera", **device}, {"id": "car-1", "kind": "vehicle", **device}],
        "matters": [
            {"matter": m, "listed_from": "2026-01-01", "version": "1"}
            for m in ("STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER.SHARED_BIKE_CLUTTER")
        ],
        "subjects": [
            {
                "id": "s-shop",
                "kind": "business",
                "name": "示范面馆",
                "id_number": credit_code(1),
                "address": "示范路8号",
                "phone": "13900000001",
                "representative": "张三",
            },
            {
                "id": "s-firm",
                "kind": "org",
                "name": "示范贸易有限公司",
                "id_number": credit_code(2),
                "address": "示范路10号",
                "phone": "13900000002",
                "representative": "李四",
            },
            {
                "id": "s-bike",
                "kind": "org",
                "name": "示范单车有限公司",
                "id_number": credit_code(3),
                "address": "示范路99号",
                "phone": "13900000003",
                "representative": "王五",
            },
        ],
        "shops": [
            {"id": "shop-1", "name": "示范面馆", "address": "示范路8号", "subject_id": "s-shop"},
            {"id": "shop-2", "name": "示范贸易", "address": "示范路10号", "subject_id": "s-firm"},
        ],
        "bike_operators": [{"id": "bike", "name": "示范单车", "subject_id": "s-bike"}],
    }
