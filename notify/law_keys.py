"""Which keys a law profile may hold, of what form, and which step stops without them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True, slots=True)
class Key:
    """One key (or pattern of keys, `*` for one part). `needed_for` empty: nothing stops where it is unknown."""

    pattern: str
    form: str
    needed_for: str = ""

    def accepts(self, value: Any) -> bool:
        """Whether a value has the form: text, int, number, bool, list, date, or words joined by |."""
        if self.form in _FORMS:
            return _FORMS[self.form](value)
        return value in self.form.split("|")

    def matches(self, key: str) -> bool:
        return key.count(".") == self.pattern.count(".") and fnmatchcase(key, self.pattern)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_FORMS: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str) and bool(value.strip()),
    "int": _whole,
    "number": lambda value: _whole(value) or (isinstance(value, float) and value >= 0),
    "bool": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "date": lambda value: isinstance(value, date),
    "grade": lambda value: isinstance(value, dict) and set(value) == {"min_yuan", "max_yuan", "when"},
}

_MATTER = (
    Key("name", "text", "every document"),
    Key("prohibition", "text", "order to correct, filing, decision"),
    Key("penalty", "text", "prior notice, decision"),
    Key("demand", "text", "order to correct"),
    Key("elements", "list", "end of investigation"),
    Key("after_order", "bool", "filing"),
    Key("fine.min_yuan", "int", "proposal, decision"),
    Key("fine.max_yuan", "int", "proposal, decision"),
    Key("fine_serious.min_yuan", "int"),
    Key("fine_serious.max_yuan", "int"),
    Key("grades.minor", "grade"),
    Key("grades.ordinary", "grade"),
    Key("grades.serious", "grade"),
    Key("grades.grave", "grade"),
)

_PERIODS = "limitation_years limitation_years_grave decision_days hearing_request_wd hearing_notice_wd serve_wd \
pay_days dunning_wd court_months reconsideration_days suit_months suit_after_review_days \
registration_wd jurisdiction_days retract_wd crime_report_days crime_send_hours"

KEYS: tuple[Key, ...] = (
    Key("timezone", "text", "every term"),
    Key("camera_authority", "direct|lead_only", "evidence admission"),
    Key("warn_first", "mandatory|none", "filing"),
    Key("own_competence", "text", "every step of a case"),
    Key("statement_window_wd", "int", "prior notice"),
    Key("d90_exclusions", "list"),
    *(Key(f"periods.{name}", "int", "terms") for name in _PERIODS.split()),
    Key("periods.enforce_after_judgment", "int"),
    Key("surcharge.permille_per_day", "int", "decision"),
    Key("surcharge.cap_percent", "int", "decision"),
    Key("simple_procedure.*", "int"),
    Key("first_violation_years", "int", "disposition"),
    Key("public_notice_days", "int", "service by public notice"),
    Key("e_service", "consent_letter", "electronic service"),
    Key("sms_for_prior_notice", "bool", "service of the prior notice"),
    Key("video_inquiry_replaces_record", "bool", "investigation"),
    Key("bundle_three_letters", "bool", "service of the decision"),
    Key("administrative_act_code", "bool"),
    Key("evidence.clock_error_max_s", "number", "evidence admission"),
    Key("evidence.accuracy_max_m", "number", "evidence admission"),
    Key("evidence.rejected_days", "int", "retention"),
    Key("merge_window_minutes", "int", "merging of alerts"),
    Key("warning_colours.*", "int", "three-colour warning"),
    Key("lead_minutes.*", "int", "three-colour warning"),
    Key("notice.fallback_minutes", "int", "order to correct"),
    Key("notice.link_days", "int", "order to correct"),
    Key("shop_colours.*", "int"),
    Key("dwell_s.*", "int", "detection"),
    Key("detection.min_overhang_m", "number", "detection"),
    Key("detection.bike_count", "int", "detection"),
    Key("detection.clear_width_min_m", "number", "detection"),
    Key("detection.ad_match_m", "number", "detection"),
    Key("detection.unloading_minutes", "int", "detection"),
    Key("detection.suppress_minutes.*", "int"),
    Key("credit.*.min_months", "int"),
    Key("credit.*.max_months", "int"),
    Key("credit.where", "text", "service of the decision"),
    Key("credit.materials", "list", "service of the decision"),
    Key("complaints.*", "int"),
    Key("figures.*", "int"),
    Key("disclosure.*", "text"),
    Key("rectify.*.minutes", "int", "order to correct"),
    Key("articles.*", "text", "documents"),
    Key("hearing_threshold.person_yuan", "int", "prior notice, decision"),
    Key("hearing_threshold.org_yuan", "int", "prior notice, decision"),
    Key("legal_review.person_yuan", "int", "decision"),
    Key("legal_review.org_yuan", "int", "decision"),
    Key("legal_review.crime_transfer", "bool", "transfer to the police"),
    Key("legal_review.court_application", "bool", "court application"),
    Key("legal_review.reduced", "bool", "a fine below the statutory minimum"),
    Key("fast_track.enabled", "bool"),
    Key("fast_track.person_max_yuan", "int"),
    Key("fast_track.org_max_yuan", "int"),
    Key("service_offset.enabled", "bool"),
    Key("service_offset.yuan_per_hour", "int"),
    Key("service_offset.max_percent", "int"),
    Key("service_offset.basis", "text"),
    Key("panel.person_yuan", "int"),
    Key("panel.org_yuan", "int"),
    Key("no_penalty_list", "list", "proposal"),
    Key("issuing_organs", "list", "every document"),
    Key("legal_reviewer.*", "text", "legal review"),
    Key("reconsideration_organ.*", "text", "decision"),
    Key("remedies.reconsideration_organ_name", "text", "decision"),
    Key("remedies.online_reconsideration", "text", "electronic service of a decision"),
    Key("remedies.court_name", "text", "decision"),
    Key("collector.name", "text", "decision"),
    Key("collector.address", "text", "decision"),
    Key("matter_list.required", "bool", "filing"),
    Key("matter_list.published_url", "text"),
    Key("matter_list.version", "text"),
    Key("benchmark.published_at", "date", "an amount above the minimum"),
    Key("benchmark.title", "text", "an amount above the minimum"),
    Key("benchmark.url", "text", "an amount above the minimum"),
    Key("competence.*", "text", "filing"),
    Key("competence.*.*", "text", "filing"),
    *(Key(f"matters.{depth}.{key.pattern}", key.form, key.needed_for) for depth in ("*", "*.*") for key in _MATTER),
)


def key_of(key: str) -> Key | None:
    """The description of a dotted key, None where no profile may hold it."""
    return next((spec for spec in KEYS if spec.matches(key)), None)


def required_keys(matters: Iterable[str]) -> list[tuple[str, str]]:
    """Every key that some step needs, with that step: the fixed ones and those of each matter."""
    kinds = ("STALL", "OUT_OF_STORE", "OUTDOOR_AD", "BIKE_CLUTTER")
    wanted = [(spec.pattern, spec.needed_for) for spec in KEYS if spec.needed_for and "*" not in spec.pattern]
    wanted += [(f"rectify.{kind}.minutes", "order to correct") for kind in kinds]
    wanted += [(f"dwell_s.{kind}", "detection") for kind in kinds]
    wanted += [(f"competence.{matter}", "filing") for matter in (*kinds[:3], *_BIKES)]
    described = sorted({*kinds[:3], "BIKE_CLUTTER.SHARED_BIKE_CLUTTER", *matters})
    wanted += [(f"matters.{m}.{key.pattern}", key.needed_for) for m in described for key in _MATTER if key.needed_for]
    return sorted(set(wanted))


_BIKES = ("BIKE_CLUTTER.PRIVATE_NMV", "BIKE_CLUTTER.SHARED_BIKE_CLUTTER")
