"""The chain from an alert to a lawful end: the law as data, states and guards, papers, service, payment, terms."""

from notify.actors import PAYMENT_AGENT, ROLE_ZH, SYSTEM, Actor, Role
from notify.calendar import Binds, LegalCalendar, Period, Unit
from notify.chain import Chain
from notify.complaint_views import ComplaintView
from notify.credit_file import CreditColumns, as_csv, load_columns
from notify.disclosure import Disclosure
from notify.documents.fonts import find_font, font_folders
from notify.documents.maker import DocumentMaker
from notify.engine import Outcome
from notify.export import EventCodes, load_codes
from notify.feedback import Feedback
from notify.holidays import load_holidays
from notify.identifiers import credit_check_digit, is_credit_code, is_resident_id, resident_check_digit
from notify.imports import ImportReport, RowError, import_table, registers_of_tables
from notify.law import LawValue, Missing, Profile, check, law_folder, load_profile
from notify.link_codes import LinkDoor, LinkKey
from notify.links import LinkSigner
from notify.moment import Tools
from notify.money import fen_of, yuan_text, yuan_words
from notify.offers import Awaited, Refusal, StepOffer
from notify.portal import PARTY_PAPERS, PartyView
from notify.ports import EvidenceGate, EvidenceStatus, Gateway, Ground, GroundVerdict, StaffChannel
from notify.publication import PublicRecord, Withdrawn
from notify.reconcile import Reconciliation
from notify.recount import SumDifference
from notify.registers import RegisterFile, load_registers
from notify.staff import AppriseChannel
from notify.states import ENDS, Choice, Field, FieldType, State
from notify.statistics import Point, Statistic
from notify.suppressions import MAY_LIFT, SuppressionView
from notify.views import (
    CaseView,
    DeadlineView,
    DocumentView,
    EventView,
    Filter,
    LeadView,
    Order,
    PackageView,
    Page,
    PaymentView,
    ServiceView,
    SubjectView,
)

__all__ = [
    "ENDS",
    "MAY_LIFT",
    "PARTY_PAPERS",
    "PAYMENT_AGENT",
    "ROLE_ZH",
    "SYSTEM",
    "Actor",
    "AppriseChannel",
    "Awaited",
    "Binds",
    "CaseView",
    "Chain",
    "Choice",
    "ComplaintView",
    "CreditColumns",
    "DeadlineView",
    "Disclosure",
    "DocumentMaker",
    "DocumentView",
    "EventCodes",
    "EventView",
    "EvidenceGate",
    "EvidenceStatus",
    "Feedback",
    "Field",
    "FieldType",
    "Filter",
    "Gateway",
    "Ground",
    "GroundVerdict",
    "ImportReport",
    "LawValue",
    "LeadView",
    "LegalCalendar",
    "LinkDoor",
    "LinkKey",
    "LinkSigner",
    "Missing",
    "Order",
    "Outcome",
    "PackageView",
    "Page",
    "PartyView",
    "PaymentView",
    "Period",
    "Point",
    "Profile",
    "PublicRecord",
    "Reconciliation",
    "Refusal",
    "RegisterFile",
    "Role",
    "RowError",
    "ServiceView",
    "StaffChannel",
    "State",
    "Statistic",
    "StepOffer",
    "SubjectView",
    "SumDifference",
    "SuppressionView",
    "Tools",
    "Unit",
    "Withdrawn",
    "as_csv",
    "check",
    "credit_check_digit",
    "fen_of",
    "find_font",
    "font_folders",
    "import_table",
    "is_credit_code",
    "is_resident_id",
    "law_folder",
    "load_codes",
    "load_columns",
    "load_holidays",
    "load_profile",
    "load_registers",
    "registers_of_tables",
    "resident_check_digit",
    "yuan_text",
    "yuan_words",
]
