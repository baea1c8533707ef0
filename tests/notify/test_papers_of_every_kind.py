"""Every kind of paper: made on its way, with what the law asks of it, as PDF/A whose text can be copied."""

import re
import shutil
import subprocess
from datetime import timedelta

import pytest

from notify.documents.kinds import KINDS
from notify.documents.source import issue, paragraphs
from notify.engine import Engine
from notify.register_rows import SubjectRow
from notify.tables import NumberRow
from records import Refused
from tests.notify.people import CHAIR, CLERK, HEAD, LEGAL, OFFICER, OPER, PRIV, SQUAD, person
from tests.notify.world import World

SUPER = person("super", "SUPER")


def kinds(world: World, case: str) -> set[str]:
    view = world.chain.case(case)
    return {one.kind for one in (*view.documents, *view.lead.documents)}


def heard(world: World) -> str:
    """A case of ¥5,000 against a sole trader whose hearing was held."""
    case = world.proposed(kind="OUTDOOR_AD", amount="5000", grade="ordinary")
    world.take(OFFICER, case, "notice")
    world.take(OFFICER, case, "serve_notice", method="direct", proof="签收")
    world.take(OFFICER, case, "request_hearing", text="要求听证")
    held_on = (world.clock.now() + timedelta(days=20)).date().isoformat()
    world.take(OFFICER, case, "summon_hearing", held_on=held_on, place="第一会议室", chair="chair", proof="签收")
    world.clock.advance(86_400 * 20)
    world.take(CHAIR, case, "hold_hearing", record="双方陈述并质证。", signed=True)
    return case


def test_the_list_of_evidence_names_hash_custody_device_and_judgement(world):
    case = world.proposed()
    paper = next(one for one in world.chain.case(case).documents if one.kind == "EVIDENCE_LIST")
    items = world.chain.document(paper.id).source["items"]
    assert len(items) == 2 and all(len(one["value"]) == 64 for one in items)
    assert all("真实合格" in one["review"] and "封存" in one["custody"] and "cam-1" in one["device"] for one in items)


def test_what_the_party_said_is_a_record_of_its_own(world):
    case = world.notified()
    world.chain.portal_take(world.token(case), "statement", {"text": "当时正在卸货。"})
    paper = next(one for one in world.chain.case(case).documents if one.kind == "STATEMENT_RECORD")
    assert world.chain.document(paper.id).source["statement"]["text"] == "当时正在卸货。"


def test_a_hearing_leaves_its_record_and_report_and_none_without_signatures(world):
    case = heard(world)
    assert {"HEARING_SUMMONS", "HEARING_RECORD", "HEARING_REPORT"} <= kinds(world, case)


def test_other_ways_out_leave_their_papers(world):
    case = world.filed()
    world.take(OFFICER, case, "ask_assistance", organ="规划部门", question="该设施是否经批准", reply_by="2026-07-01")
    world.take(CLERK, case, "suggest", organ="商务部门", text="增设外摆位", reply_by="2026-07-01")
    world.take(SUPER, case, "supervise", findings="办理迟缓", demand="加快办理", reply_by="2026-07-01")
    world.take(HEAD, case, "suspend", cause="other_case", reason="等待认定")
    world.take(HEAD, case, "resume")
    assert {"ASSIST", "SUGGESTION", "SUPERVISION", "SUSPENSION"} <= kinds(world, case)
    suggestion = next(one for one in world.chain.case(case).documents if one.kind == "SUGGESTION")
    assert "线索1件" in world.chain.document(suggestion.id).source["suggestion"]["statistics"]
    world.take(OFFICER, case, "suspect_crime", reason="数额较大")
    world.take(LEGAL, case, "legal_opinion", purpose="transfer", conclusion="pass", opinion="应当移送")
    world.take(HEAD, case, "transfer", why="crime", organ="公安机关", reason="涉嫌犯罪")
    assert "CRIME_TRANSFER" in kinds(world, case)


def test_the_table_of_the_file_lists_every_paper_in_order(world):
    case = world.served()
    world.pay(case, 10_000)
    world.take(SQUAD, case, "close", correction="已改正")
    world.pass_term(case, "DLIT6M")
    world.take(PRIV, case, "archive")
    view = world.chain.case(case)
    index = next(one for one in view.documents if one.kind == "FILE_INDEX")
    entries = [one["number"] for one in world.chain.document(index.id).source["entries"]]
    papers = sorted((*view.lead.documents, *view.documents), key=lambda one: one.issued_at)
    assert sorted(entries) == sorted(one.number for one in papers if one.kind != "FILE_INDEX")
    assert entries[0] == view.lead.documents[0].number


def moment(world: World, case: str, session):
    engine: Engine = world.chain.engine
    return engine.moment(session, OFFICER, case)


def test_a_paper_that_lacks_what_the_law_asks_of_it_takes_no_number(world):
    case = world.filed()
    shared = ("organ", "party", "date", "matter", "fact", "officers", "seals", "query_text", "addressee")
    with world.database.read() as session:
        before = session.query(NumberRow).count()
    for kind in KINDS.values():
        own = [path for path in kind.required if path.split(".")[0] not in shared]
        with world.database.session() as session, pytest.raises(Refused) as refusal:
            issue(moment(world, case, session), kind.code, {"addressee": "x"})
        assert refusal.value.code == kind.refusal and all(path in str(refusal.value) for path in own), kind.code
    with world.database.read() as session:
        assert session.query(NumberRow).count() == before


def test_a_name_that_no_font_can_show_is_refused_by_its_character_and_takes_no_number(world):
    lead = world.identified()
    with world.database.session() as session:
        session.get(SubjectRow, "s-shop").name = "面馆\U0001f642"
    with pytest.raises(Refused, match="E_GLYPH: 文书字体中没有“\U0001f642”"):
        world.take(OPER, lead, "warn", method="sms")
    assert world.state(lead) == "A4" and world.chain.lead(lead).documents == ()


def test_a_name_that_turns_the_order_of_what_follows_is_on_no_paper(world):
    lead = world.identified()
    with world.database.session() as session:
        session.get(SubjectRow, "s-shop").name = "面馆\u202e元005款罚"
    with pytest.raises(Refused, match=r"E_GLYPH: .*U\+202E"):
        world.take(OPER, lead, "warn", method="sms")
    assert world.state(lead) == "A4" and world.chain.lead(lead).documents == ()


def test_every_paper_of_a_long_case_is_pdf_a_with_embedded_fonts_and_whole_numbers(world, tmp_path):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    world.law(bundle_three_letters=True)
    case = heard(world)
    world.take(LEGAL, case, "legal_review", conclusion="pass", opinion="合法")
    world.take(HEAD, case, "approve")
    world.take(HEAD, case, "decide", amount="5000")
    world.take(OFFICER, case, "serve_decision", method="direct", proof="签收")
    world.take(CLERK, case, "publish")
    view = world.chain.case(case)
    for paper in (*view.lead.documents, *view.documents):
        pdf = world.chain.document_pdf(paper.id)
        assert b"<pdfaid:part>2</pdfaid:part>" in pdf and b"<pdfaid:conformance>B</pdfaid:conformance>" in pdf, (
            paper.kind
        )
        assert b"/OutputIntent" in pdf and (b"/FontFile2" in pdf or b"/FontFile3" in pdf), paper.kind
        path = tmp_path / "paper.pdf"
        path.write_bytes(pdf)
        text = subprocess.run(
            ["pdftotext", "-enc", "UTF-8", str(path), "-"], capture_output=True, check=True
        ).stdout.decode()
        flat = re.sub(r"\s*[\n\f]\s*", "", text)
        assert paper.number in flat and view.lead.number[:2] != "", paper.kind
        assert not re.search(r"\d \d", re.sub(r"文书编号.*?共\d+页", "", flat)), paper.kind


def test_paragraphs_leave_out_what_is_empty():
    assert paragraphs("", ("理由：", "甲")) == [{"lead": "理由：", "text": "甲"}]
