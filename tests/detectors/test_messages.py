"""The alert as a message, the rules as configuration, the reasons as words."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError
from street_scene import RULES, Scene

from detectors import AlertMessage, DetectorRules, Element, Violation
from detectors.words import CODES, sentence
from records import BadInput


def test_the_published_message_is_the_alert_and_reads_back():
    scene = Scene()
    scene.add("stall", (20, 4))
    (alert,) = scene.watch(150)
    told = [(key, message) for topic, key, message in scene.published if topic == "nonsite.alerts"]
    assert len(told) == 1
    key, message = told[0]
    assert key == alert.message.cell
    assert AlertMessage.model_validate(json.loads(json.dumps(message))) == alert.message
    assert alert.message.model.sha256 == scene.network.sha256
    assert alert.message.layer_version == scene.index.street.version
    assert alert.message.zone_ids == ("vf",) and alert.message.phase == "enforce"
    assert len(alert.message.frames) == len(alert.confirmed) + 1
    assert alert.message.frames[-1].captured_at == alert.message.raised
    assert len(alert.message.footprint) == 4 and alert.message.boxes
    assert all(reason.met for reason in alert.message.reasons)
    assert {"ZONE", "NO_PERMIT", "DWELL", "PRESENCE", "CONFIRMED"} <= {reason.code for reason in alert.message.reasons}


def test_the_schema_names_every_field_and_refuses_others():
    schema = AlertMessage.model_json_schema()
    assert {"id", "kind", "lon", "lat", "reasons", "layer_version"} <= set(schema["required"])
    with pytest.raises(ValidationError):
        AlertMessage.model_validate({"id": "x", "surprise": 1})


@pytest.mark.parametrize("code", sorted(CODES))
@pytest.mark.parametrize("met", [True, False, None])
def test_every_reason_has_words_in_both_languages(code: str, met: bool | None):
    zh, en = sentence(code, met, 1.5, 3)
    assert zh and en and "{" not in zh + en
    assert any("\u4e00" <= character <= "\u9fff" for character in zh)
    assert not any("\u4e00" <= character <= "\u9fff" for character in en)


def test_things_are_named_in_the_language_of_the_sentence():
    element = Element("THING", True, "goods, furniture")
    assert "货物、桌椅" in element.zh
    assert "goods, furniture" in element.en


def test_rules_read_from_configuration_and_name_what_is_wrong():
    values = {
        "dwell_s": {kind.value: 60 for kind in Violation},
        "min_overhang_m": 0.3,
        "count_threshold": 5,
        "clear_width_min_m": 1.5,
        "ad_match_m": 2,
        "unloading_s": 900,
    }
    rules = DetectorRules.from_mapping(values)
    assert rules.dwell_s[Violation.STALL] == 60 and rules.ad_match_m == 2.0
    with pytest.raises(BadInput, match="unknown rule 'dwel'"):
        DetectorRules.from_mapping({**values, "dwel": 1})
    with pytest.raises(BadInput, match="missing"):
        DetectorRules.from_mapping({key: value for key, value in values.items() if key != "ad_match_m"})
    with pytest.raises(BadInput, match="no value for OUTDOOR_AD"):
        DetectorRules.from_mapping({**values, "dwell_s": {"STALL": 1, "OUT_OF_STORE": 1, "BIKE_CLUTTER": 1}})
    with pytest.raises(BadInput, match="below zero"):
        DetectorRules.from_mapping({**values, "unloading_s": -1})


def test_rules_cannot_be_changed_afterwards():
    with pytest.raises(TypeError):
        RULES.dwell_s[Violation.STALL] = 1.0  # type: ignore[index]
