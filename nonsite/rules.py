"""What a folder needs to know of the law and of the installation, filled from profile and settings."""

from detectors import DetectorRules, Violation
from evidence import SealProfile
from notify import Profile


def detector_rules(profile: Profile) -> DetectorRules:
    """The jurisdiction's numbers for the detectors; Refused E_PROFILE_INCOMPLETE where one is unknown."""
    return DetectorRules(
        dwell_s={kind: float(profile.get(f"dwell_s.{kind}")) for kind in Violation},
        min_overhang_m=float(profile.get("detection.min_overhang_m")),
        count_threshold=profile.number("detection.bike_count"),
        clear_width_min_m=float(profile.get("detection.clear_width_min_m")),
        ad_match_m=float(profile.get("detection.ad_match_m")),
        unloading_s=60.0 * profile.number("detection.unloading_minutes"),
    )


def seal_profile(organ: str, profile: Profile) -> SealProfile:
    """Who seals, and the article that each kind of violation is sealed under."""
    refs = {
        str(kind): profile.text(f"matters.{kind}.prohibition")
        for kind in Violation
        if profile.known(f"matters.{kind}.prohibition")
    }
    return SealProfile(organisation=organ, law_refs=refs)
