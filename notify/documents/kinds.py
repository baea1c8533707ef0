"""The kinds of papers: series, title, template, and the fields that the law asks for (checked before issue)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ORGAN = {"organ.name": "", "organ.address": "", "organ.phone": "", "date": ""}
_PARTY = {"party.name": "", "party.address": ""}


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of paper. `required`: source path -> the rule that asks for it; a gap is refused with `refusal`."""

    code: str
    series: str
    title: str
    en: str
    template: str
    required: Mapping[str, str]
    refusal: str = "E_DOCUMENT_FIELDS"

    def missing(self, source: Mapping[str, Any]) -> list[str]:
        """Required paths that the source leaves empty, each with its rule."""
        return [f"{path} ({law})" if law else path for path, law in self.required.items() if not _filled(source, path)]


def _filled(source: Mapping[str, Any], path: str) -> bool:
    value: Any = source
    for part in path.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return False
        value = value[part]
    return value not in (None, "", [], {})


_LETTER = {**_ORGAN, "addressee": "", "paragraphs": ""}
_FORM = {**_ORGAN, "rows": ""}

KINDS: dict[str, DocumentKind] = {
    kind.code: kind
    for kind in (
        DocumentKind(
            "ORDER",
            "责改",
            "责令改正通知书",
            "Order to correct",
            "order",
            {
                **_ORGAN,
                **_PARTY,
                "organ.seal": "APL 28",
                "fact.text": "APL 28",
                "matter.prohibition": "APL 28",
                "matter.demand": "APL 28",
                "deadline_text": "APL 28",
                "consequence": "",
                "query_text": "APL 41",
            },
        ),
        DocumentKind("HANDOFF", "移", "案件移送函", "Letter of transfer", "letter", _LETTER),
        DocumentKind(
            "FILING",
            "立",
            "立案审批表",
            "Filing form",
            "form",
            {**_FORM, "party.name": "APL 54", "matter.prohibition": "APL 54", "officers": "APL 42"},
        ),
        DocumentKind(
            "RECORD", "勘", "视频勘验笔录", "Record of inspection", "letter", {**_LETTER, "officers": "APL 55"}
        ),
        DocumentKind("REPORT", "终", "调查终结报告", "Investigation report", "letter", _LETTER),
        DocumentKind(
            "PRIOR_NOTICE",
            "先告",
            "行政处罚事先告知书",
            "Prior notice",
            "prior_notice",
            {
                **_ORGAN,
                **_PARTY,
                "organ.seal": "",
                "amount": "APL 44 content",
                "fact.text": "APL 44 facts",
                "reasons": "APL 44 reasons",
                "matter.penalty": "APL 44 basis",
                "window_days": "APL 45 rights",
                "query_text": "PD 11",
            },
            "E_NOTICE_INCOMPLETE",
        ),
        DocumentKind(
            "HEARING_NOTICE", "听告", "行政处罚听证告知书", "Notice of the right to a hearing", "letter", _LETTER
        ),
        DocumentKind("HEARING_SUMMONS", "听通", "行政处罚听证通知书", "Summons to a hearing", "letter", _LETTER),
        DocumentKind("STATEMENT_REVIEW", "复核", "陈述申辩复核意见书", "Review of the statement", "letter", _LETTER),
        DocumentKind("LEGAL_OPINION", "法审", "法制审核意见书", "Legal opinion", "letter", _LETTER),
        DocumentKind(
            "DECISION",
            "罚决",
            "行政处罚决定书",
            "Penalty decision",
            "decision",
            {
                "party.name": "APL 59(1)",
                "party.address": "APL 59(1)",
                "fact.text": "APL 59(2)",
                "seals": "APL 59(2)",
                "matter.penalty": "APL 59(3)",
                "amount": "APL 59(3)",
                "pay_days": "APL 59(4)",
                "reconsideration_organ": "APL 59(5)",
                "court": "APL 59(5)",
                "organ.name": "APL 59(6)",
                "date": "APL 59(6)",
                "organ.seal": "APL 59",
                "collector.name": "FEE 7",
                "collector.address": "FEE 7",
                "payment_code": "FEE 7",
                "surcharge_percent": "FEE 7; ACL 45",
                "online_reconsideration": "ARL 22",
            },
            "E_DECISION_FIELDS",
        ),
        DocumentKind("NO_PENALTY", "不罚", "不予行政处罚决定书", "Decision not to penalise", "letter", _LETTER),
        DocumentKind("RECEIPT", "送", "送达回证", "Receipt of service", "form", {**_FORM, "served_numbers": "CPL 87"}),
        DocumentKind("CONSENT", "电送", "电子送达确认书", "Consent to electronic service", "form", _FORM),
        DocumentKind(
            "PAYMENT",
            "缴",
            "缴款通知书",
            "Payment notice",
            "payment",
            {
                **_ORGAN,
                **_PARTY,
                "payment_code": "APL 67",
                "amount": "APL 67",
                "due_text": "APL 67",
                "collector.name": "APL 67",
            },
        ),
        DocumentKind("CREDIT_REPAIR", "信", "信用修复告知书", "Notice of credit repair", "letter", _LETTER),
        DocumentKind("COMPLIANCE", "合", "合规指导建议书", "Compliance advice", "letter", _LETTER),
        DocumentKind("DUNNING", "催", "行政强制执行催告书", "Dunning letter", "letter", _LETTER),
        DocumentKind("COURT", "执申", "强制执行申请书", "Application to the court", "letter", _LETTER),
        DocumentKind("CLOSING", "结", "结案报告", "Closing report", "form", _FORM),
        DocumentKind("TERMINATION", "终止", "终止调查决定书", "Decision to end the case", "letter", _LETTER),
        DocumentKind("CHANGE", "变", "变更行政处罚决定书", "Change of a decision", "letter", _LETTER),
        DocumentKind("REVOCATION", "撤", "撤销行政处罚决定书", "Revocation", "letter", _LETTER),
    )
}
