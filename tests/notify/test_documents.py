"""Papers: numbers, mandatory fields, text layer, seal, source beside the PDF."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from notify import documents
from notify.documents.kinds import KINDS
from notify.documents.maker import DocumentMaker
from notify.numbering import document_number
from records import Refused
from tests.notify.people import CLERK, HEAD, OFFICER
from tests.notify.world import World


def text_of(world: World, document_id: str, tmp_path) -> str:
    """The text layer of a paper as a reader would copy it: lines joined, heads and feet of pages left out."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    path = tmp_path / "paper.pdf"
    path.write_bytes(world.chain.document_pdf(document_id))
    text = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", str(path), "-"], capture_output=True, check=True
    ).stdout.decode()
    assert "演示文书" in text, "a paper of the demo says that it binds nobody"
    text = re.sub(r"演示文书\s*不具法律效力|文书编号 [^\f]*?第\d页 共\d页", "", text)
    return re.sub(r"\s*[\n\f]\s*", "", text)


def paper(world: World, owner: str, kind: str):
    view = world.chain.case(owner)
    return world.chain.document(next(one.id for one in (*view.documents, *view.lead.documents) if one.kind == kind))


def test_a_decision_shows_the_six_items_of_the_law_and_numbers_without_spaces(world, tmp_path):
    case = world.decided()
    decision = paper(world, case, "DECISION")
    text = text_of(world, decision.id, tmp_path)
    assert decision.number == "演城管罚决字〔2026〕000001号" and decision.number in text
    for shown in (
        "示范面馆",  # (1) name and address
        "示范路8号",
        "2026年6月3日16时13分",  # (2) facts, and the evidence by its seal
        decision.source["seals"][0]["short"],
        "《示范区街面秩序演示规定》第十二条",  # (3) kind and basis
        "罚款人民币壹佰元整（¥100.00）",
        "15日内",  # (4) manner and time of performance
        decision.source["payment_code"],
        "60日内向示范区人民政府",  # (5) remedies
        "6个月内向示范区人民法院",
        "示范区城市管理行政执法局",  # (6) organ and date
        "2026年6月11日",
        "每日按罚款数额的3%加处罚款",  # surcharge with its standard
    ):
        assert shown in text, shown


def test_order_notice_receipt_and_payment_notice_carry_their_numbers_and_terms(world, tmp_path):
    case = world.served()
    order = text_of(world, paper(world, case, "ORDER").id, tmp_path)
    assert "演城管责改字〔2026〕000001号" in order and "自收到本通知书之时起30分钟内" in order
    assert "《中华人民共和国行政处罚法》第二十八条" in order
    notice = text_of(world, paper(world, case, "PRIOR_NOTICE").id, tmp_path)
    assert "5个工作日内" in notice and "¥100.00" in notice and "不会因你（单位）陈述、申辩而给予更重的处罚" in notice
    payment = text_of(world, paper(world, case, "PAYMENT").id, tmp_path)
    assert "2026年6月26日" in payment and paper(world, case, "DECISION").source["payment_code"] in payment
    receipt = text_of(world, paper(world, case, "RECEIPT").id, tmp_path)
    assert "送达回证" in receipt and "示范面馆" in receipt


def test_the_source_lies_beside_the_pdf_and_an_altered_pdf_is_not_given_out(world):
    case = world.decided()
    decision = paper(world, case, "DECISION")
    folder = world.chain.engine.tools.documents.folder
    pdf = (folder / f"{decision.id}.pdf").read_bytes()
    assert hashlib.sha256(pdf).hexdigest() == decision.sha256
    assert json.loads((folder / f"{decision.id}.json").read_text()) == decision.source
    (folder / f"{decision.id}.pdf").write_bytes(pdf + b"%")
    with pytest.raises(Refused, match="E_HASH_MISMATCH"):
        world.chain.document_pdf(decision.id)


def test_the_same_source_gives_the_same_bytes_and_fonts_are_embedded(world, tmp_path):
    case = world.decided()
    decision = paper(world, case, "DECISION")
    again = DocumentMaker(tmp_path / "again").render("decision", dict(decision.source), decision.issued_at)
    assert again == world.chain.document_pdf(decision.id)
    assert b"/FontFile2" in again or b"/FontFile3" in again


def test_numbers_run_without_gaps_by_kind_and_year(world):
    cases = [world.filed(), world.filed(subject="s-firm", shop_id="shop-2", shop_name="示范贸易")]
    numbers = [world.chain.case(case).documents[0].number for case in cases]
    assert numbers == ["演城管立字〔2026〕000001号", "演城管立字〔2026〕000002号"]
    assert document_number("沪浦城管", "罚决", 2026, 123) == "沪浦城管罚决字〔2026〕000123号"


def test_every_kind_of_paper_names_a_template_and_a_rule_of_its_own_series():
    folder = Path(documents.__file__).parent / "templates"
    assert all((folder / f"{kind.template}.typ").is_file() for kind in KINDS.values())
    assert len({kind.series for kind in KINDS.values()}) == len(KINDS)
    assert all(f"APL 59({n})" in KINDS["DECISION"].required.values() for n in range(1, 7))


def test_papers_are_written_in_a_long_case_without_breaking_the_seal_over_two_pages(world, tmp_path):
    case = world.notified()
    world.chain.portal_take(world.token(case), "statement", {"text": "情况说明。" * 200})
    world.take(CLERK, case, "review_statement", adopted="partly", reasons="理由" * 300)
    world.pass_term(case, "DSTMT")
    world.take(HEAD, case, "approve")
    world.take(HEAD, case, "decide", amount="100")
    assert "情况说明" in text_of(world, paper(world, case, "DECISION").id, tmp_path)
    assert world.take(OFFICER, case, "serve_decision", method="direct", proof="签收").state == "B11"


def test_no_page_bears_a_seal_and_nothing_else_whatever_the_length(world, tmp_path):
    case = world.notified()
    notice = paper(world, case, "PRIOR_NOTICE")
    seen = set()
    for extra in range(0, 400, 25):
        source = {**notice.source, "fact": {"text": "事实"}, "reasons": "理由" * extra}
        path = tmp_path / "long.pdf"
        path.write_bytes(world.chain.engine.tools.documents.render("prior_notice", source, notice.issued_at))
        pages = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()
        *_, last, _ = ["", *pages.split("\f")]
        seen.add(pages.count("\f"))
        assert "查询链接查询" in re.sub(r"\s", "", last), f"{extra} words more"
    assert seen == {1, 2}
