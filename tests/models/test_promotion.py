"""Promotion: nowhere worse, somewhere better, by a person, with a way back."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models import history, load_network, promote, read_card, roll_back, write_card
from models.card import BesideFigures, Card, KindFigures, SplitFigures, file_sha256
from models.registry import DEFAULT_NETWORK, ZOO
from records import BadInput, FrozenClock, NonsiteError
from streams import ObjectKind

NOW = FrozenClock(datetime(2026, 6, 3, 8, 0, tzinfo=UTC))
STALL, GOODS = ObjectKind.STALL, ObjectKind.GOODS
DAYS = "held_out_days"


def judged(map50: float, again: int = 0, rejected: int = 0) -> KindFigures:
    return KindFigures(boxes=50, hits=40, false=5, map50=map50, map50_95=map50 / 2, rejected=rejected, again=again)


def few(hits: int, false: int) -> KindFigures:
    return KindFigures(boxes=10, hits=hits, false=false, too_few_to_judge=True)


def figures(**kinds: KindFigures) -> SplitFigures:
    return SplitFigures(origin="real", pictures=60, kinds={ObjectKind(name): one for name, one in kinds.items()})


@pytest.fixture
def zoo(tmp_path: Path) -> Path:
    """A zoo with a present network that was measured on one split."""
    place(tmp_path / "zoo" / DEFAULT_NETWORK, {"street": figures(stall=judged(0.7), goods=few(6, 3))})
    return tmp_path / "zoo"


def place(folder: Path, metrics: dict[str, SplitFigures], other_weights: bool = False) -> Path:
    """The network that ships, with other figures; with `other_weights` a byte that means nothing is added to them."""
    shutil.copytree(ZOO / DEFAULT_NETWORK, folder)
    card = read_card(folder / "card.yaml")
    if other_weights:
        with (folder / "weights.onnx").open("ab") as stream:
            stream.write(b"\x82\x7d\x00")  # an unknown field of no length
    changed = card.model_copy(update={"metrics": metrics, "weights_sha256": file_sha256(folder / "weights.onnx")})
    write_card(changed, folder / "card.yaml")
    return folder


def candidate(tmp_path: Path, **metrics: SplitFigures) -> Path:
    return place(tmp_path / "candidate", metrics, other_weights=True)


def present_card(zoo: Path) -> Card:
    return read_card(zoo / DEFAULT_NETWORK / "card.yaml")


def refusal(tmp_path: Path, zoo: Path, **metrics: SplitFigures) -> NonsiteError:
    before = present_card(zoo)
    with pytest.raises(NonsiteError) as refused:
        promote(candidate(tmp_path, **metrics), "王敏", NOW, zoo)
    assert present_card(zoo) == before and not history(DEFAULT_NETWORK, zoo)
    return refused.value


def test_a_better_network_takes_the_place_and_the_person_is_named(tmp_path: Path, zoo: Path) -> None:
    new = candidate(tmp_path, street=figures(stall=judged(0.75), goods=few(7, 3)))
    promote(new, "王敏", NOW, zoo, why="fewer kiosks")
    assert load_network(DEFAULT_NETWORK, zoo=zoo).sha256 == read_card(new / "card.yaml").weights_sha256
    (line,) = history(DEFAULT_NETWORK, zoo)
    assert (line["action"], line["by"], line["why"]) == ("promote", "王敏", "fewer kiosks")
    assert line["better"][0] == "stall on street: mAP50 0.75, before mAP50 0.7"


def test_a_rollback_brings_the_earlier_network_back_to_the_bit(tmp_path: Path, zoo: Path) -> None:
    before = load_network(DEFAULT_NETWORK, zoo=zoo).sha256
    promote(candidate(tmp_path, street=figures(stall=judged(0.75), goods=few(7, 3))), "王敏", NOW, zoo)
    roll_back(DEFAULT_NETWORK, "李强", NOW, zoo, why="misses carts by night")
    assert load_network(DEFAULT_NETWORK, zoo=zoo).sha256 == before
    assert [(line["action"], line["by"]) for line in history(DEFAULT_NETWORK, zoo)] == [
        ("promote", "王敏"),
        ("rollback", "李强"),
    ]
    with pytest.raises(NonsiteError) as refused:
        roll_back(DEFAULT_NETWORK, "李强", NOW, zoo)
    assert refused.value.code == "E_NO_EARLIER"


def test_a_rollback_to_weights_that_were_touched_is_refused(tmp_path: Path, zoo: Path) -> None:
    promote(candidate(tmp_path, street=figures(stall=judged(0.75), goods=few(7, 3))), "王敏", NOW, zoo)
    now = present_card(zoo)
    with (zoo / DEFAULT_NETWORK / "weights.onnx").open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(BadInput) as refused:
        roll_back(DEFAULT_NETWORK, "李强", NOW, zoo)
    assert refused.value.code == "E_HASH_MISMATCH"
    assert present_card(zoo) == now


@pytest.mark.parametrize(
    ("stall", "goods", "said"),
    [
        # better on one kind does not pay for another
        (judged(0.9), few(5, 3), "goods on street: 5 of 10 hit"),
        (judged(0.9), few(6, 4), "goods on street"),
        (judged(0.69), few(10, 0), "stall on street"),
        # alike everywhere is no reason to change
        (judged(0.703), few(6, 3), "nowhere better"),
        # other pictures under the same name prove nothing
        (judged(0.9).model_copy(update={"boxes": 49}), few(7, 3), "stall on street"),
    ],
)
def test_what_is_worse_anywhere_or_better_nowhere_stays_out(
    tmp_path: Path, zoo: Path, stall: KindFigures, goods: KindFigures, said: str
) -> None:
    refused = refusal(tmp_path, zoo, street=figures(stall=stall, goods=goods))
    assert refused.code == "E_WORSE" and said in refused.message


def test_a_split_that_the_present_network_was_measured_on_may_not_be_left_out(tmp_path: Path, zoo: Path) -> None:
    beside = BesideFigures(name="n", sha256=present_card(zoo).weights_sha256, kinds={STALL: judged(0.5)})
    days = figures(stall=judged(0.9)).model_copy(update={"beside": beside})
    assert "street is not measured" in refusal(tmp_path, zoo, **{DAYS: days}).message


def days_of(zoo: Path, now: KindFigures, before: KindFigures, sha256: str = "") -> SplitFigures:
    """Held-out days on which the present network, or another of that hash, was measured beside."""
    beside = BesideFigures(name="n", sha256=sha256 or present_card(zoo).weights_sha256, kinds={STALL: before})
    return figures(stall=now).model_copy(update={"beside": beside})


def test_held_out_days_decide_where_both_were_measured_side_by_side(tmp_path: Path, zoo: Path) -> None:
    street = figures(stall=judged(0.7), goods=few(6, 3))
    days = days_of(zoo, judged(0.8, again=1, rejected=9), judged(0.6, again=8, rejected=9))
    promote(candidate(tmp_path, street=street, **{DAYS: days}), "王敏", NOW, zoo)
    (line,) = history(DEFAULT_NETWORK, zoo)
    assert line["better"] == [
        f"stall on {DAYS}: mAP50 0.8, 1 of 9 rejected ones again, before mAP50 0.6, 8 of 9 rejected ones again"
    ]


@pytest.mark.parametrize("hash_of_another", [False, True])
def test_held_out_days_refuse_what_repeats_more_rejected_ones_or_stood_beside_another(
    tmp_path: Path, zoo: Path, hash_of_another: bool
) -> None:
    street = figures(stall=judged(0.9), goods=few(7, 3))
    again = 1 if hash_of_another else 9
    days = days_of(
        zoo,
        judged(0.8, again=again, rejected=9),
        judged(0.6, again=8, rejected=9),
        sha256="f" * 64 if hash_of_another else "",
    )
    refused = refusal(tmp_path, zoo, street=street, **{DAYS: days})
    assert refused.code == "E_WORSE" and DAYS in refused.message


def test_nobody_promotes_nothing_and_figures_are_needed(tmp_path: Path, zoo: Path) -> None:
    new = candidate(tmp_path, street=figures(stall=judged(0.75), goods=few(7, 3)))
    with pytest.raises(BadInput) as nobody:
        promote(new, " ", NOW, zoo)
    assert nobody.value.code == "E_WHO"
    write_card(read_card(new / "card.yaml").model_copy(update={"metrics": {}}), new / "card.yaml")
    with pytest.raises(BadInput) as unmeasured:
        promote(new, "王敏", NOW, zoo)
    assert unmeasured.value.code == "E_NOT_MEASURED"


def test_the_first_of_its_name_replaces_nobody(tmp_path: Path) -> None:
    new = candidate(tmp_path, street=figures(stall=judged(0.1)))
    assert promote(new, "王敏", NOW, tmp_path / "new zoo").is_file()
    with pytest.raises(NonsiteError) as refused:
        roll_back(DEFAULT_NETWORK, "王敏", NOW, tmp_path / "new zoo")
    assert refused.value.code == "E_NO_EARLIER"
