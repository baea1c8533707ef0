"""The four kinds of violation that nonsite looks for, and the families of things that they grow from."""

from __future__ import annotations

from enum import StrEnum


class Violation(StrEnum):
    """A kind of violation: 无序设摊, 跨门营业, 违规户外广告, 非机动车乱停放."""

    STALL = "STALL"
    OUT_OF_STORE = "OUT_OF_STORE"
    OUTDOOR_AD = "OUTDOOR_AD"
    BIKE_CLUTTER = "BIKE_CLUTTER"

    @property
    def title_zh(self) -> str:
        return _TITLES[self][0]

    @property
    def title_en(self) -> str:
        return _TITLES[self][1]


_TITLES = {
    Violation.STALL: ("无序设摊", "disorderly stall"),
    Violation.OUT_OF_STORE: ("跨门营业", "business beyond the shop front"),
    Violation.OUTDOOR_AD: ("违规户外广告", "unlicensed outdoor advertisement"),
    Violation.BIKE_CLUTTER: ("非机动车乱停放", "disorderly parking of bicycles"),
}


class Family(StrEnum):
    """What occupies a place, before any law is asked.

    A thing on the pavement is one occupation whether it turns out to be a free-standing stall or a shop's goods: the
    averaged place decides between the two kinds, so that one thing can never become two alerts. Persons and vehicles
    are context: they make a composition a stall, unload goods, hide a place; alone they are never an incident.
    """

    OCCUPATION = "occupation"
    BOARD = "board"
    BIKES = "bikes"
