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
        DocumentKind(
            "HANDOFF",
            "移",
            "案件移送函",
            "Letter of transfer",
            "letter",
            {**_LETTER, "transfer.organ": "APL 22", "transfer.facts": "APL 22", "transfer.evidence": "APL 22"},
        ),
        DocumentKind(
            "CRIME_TRANSFER",
            "涉罪移",
            "涉嫌犯罪案件移送书",
            "Transfer of a suspected crime",
            "letter",
            {**_LETTER, "transfer.organ": "XFER 6", "transfer.facts": "XFER 6", "transfer.evidence": "XFER 6"},
        ),
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
        DocumentKind(
            "EVIDENCE_LIST",
            "证",
            "证据清单（电子数据固定说明）",
            "List of evidence",
            "evidence",
            {**_ORGAN, "items": "APL 41, 46; PD 9, 10", "officers": "APL 55"},
        ),
        DocumentKind(
            "INQUIRY",
            "询",
            "询问笔录",
            "Record of an inquiry",
            "letter",
            {**_LETTER, "officers": "APL 55", "inquiry.rights_told": "APL 55", "inquiry.signed": "APL 55; PD 9"},
        ),
        DocumentKind(
            "REPORT",
            "终",
            "调查终结报告",
            "Investigation report",
            "letter",
            {**_LETTER, "report.facts": "APL 40", "report.elements": "APL 40", "report.basis": "APL 54"},
        ),
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
        DocumentKind(
            "HEARING_SUMMONS",
            "听通",
            "行政处罚听证通知书",
            "Summons to a hearing",
            "letter",
            {**_LETTER, "hearing.day": "APL 64(2)", "hearing.place": "APL 64(2)", "hearing.chair": "APL 64(4)"},
        ),
        DocumentKind(
            "HEARING_RECORD",
            "听笔",
            "听证笔录",
            "Record of the hearing",
            "letter",
            {**_LETTER, "hearing.record": "APL 64(8)", "hearing.signed": "APL 64(8)", "hearing.chair": "APL 64(4)"},
        ),
        DocumentKind(
            "HEARING_REPORT",
            "听报",
            "听证报告",
            "Report on the hearing",
            "letter",
            {**_LETTER, "hearing.record": "APL 65", "hearing.chair": "APL 64(4)"},
        ),
        DocumentKind(
            "STATEMENT_RECORD",
            "陈",
            "陈述申辩笔录",
            "Record of the statement",
            "letter",
            {**_LETTER, "statement.text": "APL 45", "statement.by": "APL 45", "statement.at": "APL 45"},
        ),
        DocumentKind(
            "STATEMENT_REVIEW",
            "复核",
            "陈述申辩复核意见书",
            "Review of the statement",
            "letter",
            {**_LETTER, "review.points": "APL 45; PD 12", "review.adopted": "APL 45", "review.reasons": "APL 45"},
        ),
        DocumentKind(
            "LEGAL_OPINION",
            "法审",
            "法制审核意见书",
            "Legal opinion",
            "letter",
            {
                **_LETTER,
                "opinion.reviewer": "APL 58",
                "opinion.qualification": "APL 58",
                "opinion.conclusion": "APL 58",
            },
        ),
        DocumentKind(
            "PANEL_RECORD",
            "集",
            "重大案件集体讨论记录",
            "Minutes of the panel",
            "letter",
            {**_LETTER, "panel.attendees": "APL 57", "panel.opinions": "APL 57", "panel.result": "APL 57"},
        ),
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
        DocumentKind(
            "ON_SPOT",
            "当罚",
            "当场行政处罚决定书",
            "Decision on the spot",
            "letter",
            {
                **_LETTER,
                "fact.text": "APL 52",
                "matter.penalty": "APL 52",
                "amount": "APL 52",
                "spot.place": "APL 52",
                "spot.time": "APL 52",
                "remedies_text": "APL 52; ARL 23",
                "officers": "APL 52",
                "organ.seal": "APL 52",
            },
            "E_DECISION_FIELDS",
        ),
        DocumentKind(
            "NO_PENALTY",
            "不罚",
            "不予行政处罚决定书",
            "Decision not to penalise",
            "letter",
            {**_LETTER, "fact.text": "APL 57", "ground": "APL 33, 57", "education": "APL 33", "organ.seal": "APL 57"},
        ),
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
        DocumentKind(
            "CREDIT_REPAIR",
            "信",
            "信用修复告知书",
            "Notice of credit repair",
            "letter",
            {
                **_LETTER,
                **{f"credit.{name}": "NDRC36" for name in ("class", "period", "earliest", "where", "materials")},
            },
            "E_BUNDLE",
        ),
        DocumentKind(
            "COMPLIANCE",
            "合",
            "合规指导建议书",
            "Compliance advice",
            "letter",
            {**_LETTER, "advice": "三书同达", "organ.phone": "三书同达"},
            "E_BUNDLE",
        ),
        DocumentKind(
            "DEFERRAL",
            "延",
            "延期（分期）缴纳罚款批准书",
            "Leave to pay later or in parts",
            "letter",
            {**_LETTER, "plan": "APL 66"},
        ),
        DocumentKind(
            "DUNNING",
            "催",
            "行政强制执行催告书",
            "Dunning letter",
            "letter",
            {
                **_LETTER,
                "dunning.deadline": "ACL 35(1)",
                "dunning.manner": "ACL 35(2)",
                "dunning.amount": "ACL 35(3)",
                "dunning.rights": "ACL 35(4)",
                "organ.seal": "ACL 35",
            },
        ),
        DocumentKind(
            "COURT",
            "执申",
            "强制执行申请书",
            "Application to the court",
            "letter",
            {
                **_LETTER,
                "court.decision": "ACL 55(2)",
                "court.dunning": "ACL 55(3)",
                "court.target": "ACL 55(4)",
                "court.head": "ACL 55",
                "organ.seal": "ACL 55",
            },
        ),
        DocumentKind(
            "ANNOUNCEMENT", "公告", "送达公告", "Public notice of service", "letter", {**_LETTER, "days": "CPL 95"}
        ),
        DocumentKind(
            "PUBLICATION",
            "示",
            "行政处罚信息公示表",
            "Record for publication",
            "form",
            {
                **_FORM,
                **{f"record.{name}": "APL 48" for name in ("subject", "cause", "basis", "result", "organ", "date")},
            },
        ),
        DocumentKind(
            "WITHDRAWAL",
            "撤示",
            "撤回公示说明",
            "Withdrawal of a publication",
            "letter",
            {**_LETTER, "reason": "APL 48"},
        ),
        DocumentKind("SUSPENSION", "中止", "中止调查决定书", "Suspension", "letter", {**_LETTER, "reason": ""}),
        DocumentKind(
            "CORRECTION",
            "更",
            "行政处罚文书更正通知书",
            "Correction of a paper",
            "letter",
            {**_LETTER, "correction.number": "", "correction.wrong": "", "correction.right": ""},
        ),
        DocumentKind(
            "ASSIST",
            "协",
            "协助认定通知书",
            "Request for a determination",
            "letter",
            {**_LETTER, "assist.organ": "SH-CG18 29", "assist.question": "SH-CG18 29", "assist.due": "SH-CG18 29"},
        ),
        DocumentKind(
            "SUGGESTION",
            "建",
            "城管执法建议书",
            "Enforcement suggestion",
            "letter",
            {**_LETTER, "suggestion.statistics": "", "suggestion.text": "", "suggestion.reply_by": ""},
        ),
        DocumentKind(
            "SUPERVISION",
            "督",
            "执法督察单",
            "Supervision slip",
            "letter",
            {**_LETTER, "supervision.findings": "", "supervision.demand": ""},
        ),
        DocumentKind("FILE_INDEX", "卷", "卷宗目录", "Table of the file", "index", {**_ORGAN, "entries": ""}),
        DocumentKind("CLOSING", "结", "结案报告", "Closing report", "form", _FORM),
        DocumentKind(
            "TERMINATION",
            "终止",
            "终止调查决定书",
            "Decision to end the case",
            "letter",
            {**_LETTER, "reason": "APL 57"},
        ),
        DocumentKind(
            "REVOCATION",
            "撤",
            "撤销行政处罚决定书",
            "Revocation",
            "letter",
            {**_LETTER, "reason": "APL 75", "organ.seal": "APL 59(6)"},
        ),
        DocumentKind("CHANGE", "变", "变更行政处罚决定书", "Change of a decision", "letter", _LETTER),
    )
}
