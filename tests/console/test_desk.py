"""The case desk: queues, a record with its evidence, only the lawful next steps, refusals with their reasons."""

import json
from datetime import timedelta

from records import iso
from tests.console.conftest import Hub


def test_the_queue_shows_open_leads_and_filters_them(hub: Hub) -> None:
    lead, clerk = hub.lead(), hub.client("clerk")
    number = hub.chain.lead(lead).number
    assert number in clerk.page("/desk").text
    assert number in clerk.page("/desk?kind=OUT_OF_STORE&colour=green&q=示范路").text
    assert number not in clerk.page("/desk?kind=STALL").text
    assert number not in clerk.page("/desk?q=nowhere").text
    hub.client("oper").step("alerts", lead, "discard", reason="permitted")
    assert number not in clerk.page("/desk").text, "ended leads are out of the way"
    assert number in clerk.page("/desk?state=all").text


def test_a_filter_that_is_no_filter_is_a_bad_request(hub: Hub) -> None:
    assert hub.client("clerk").page("/desk?colour=purple").status_code == 422


def test_a_record_shows_evidence_facts_history_and_the_clerks_steps(hub: Hub) -> None:
    lead, clerk = hub.lead(), hub.client("clerk")
    hub.client("oper").step("alerts", lead, "confirm", note="看到货物出店")
    text = clerk.page(f"/desk/leads/{lead}").text
    assert f'data-package="{hub.kept.package_id}"' in text and "超出门店线0.8米" in text
    assert "看到货物出店" in text and "确认属实" in text
    assert f'action="/desk/leads/{lead}/steps/review"' in text
    assert 'aria-current="step">证据锁定' in text


def test_a_step_that_is_not_open_is_shown_locked_with_its_code(hub: Hub) -> None:
    lead, clerk = hub.lead(), hub.client("clerk")
    hub.client("oper").step("alerts", lead, "confirm")
    text = clerk.page(f"/desk/leads/{lead}").text
    locked = text.split('class="step locked"')[1].split("</details>")[0]
    assert "移送有管辖权的机关" in locked and "E_COMPETENT" in locked
    assert f'action="/desk/leads/{lead}/steps/handoff"' not in text


def test_a_refused_step_says_why_and_keeps_what_was_filled_in(hub: Hub) -> None:
    lead, clerk = hub.lead(), hub.client("clerk")
    hub.client("oper").step("alerts", lead, "confirm")
    answer = clerk.form(f"/desk/leads/{lead}/steps/review", authentic="true", note="画面不全")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text and "画面不全" in answer.text
    assert 'id="f-review-authentic" name="authentic" value="true" checked' in answer.text
    assert hub.chain.lead(lead).state == "A3"


def test_a_step_that_is_taken_leads_back_to_the_record(hub: Hub) -> None:
    lead, clerk = hub.lead(), hub.client("clerk")
    hub.client("oper").step("alerts", lead, "confirm")
    good = dict.fromkeys(("authentic", "clear", "complete", "accurate", "lawful_means"), "true")
    answer = clerk.form(f"/desk/leads/{lead}/steps/review", **good)
    assert answer.status_code == 303 and answer.headers["location"] == f"/desk/leads/{lead}?done=1"
    assert "已办理：四性审核通过" in clerk.page(answer.headers["location"]).text
    assert hub.chain.lead(lead).state == "A4"


def test_an_issued_paper_is_served_as_it_was_issued(hub: Hub) -> None:
    lead = hub.warned()
    [paper] = hub.chain.lead(lead).documents
    answer = hub.client("clerk").get(f"/api/documents/{paper.id}.pdf")
    assert answer.headers["content-type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert hub.client("oper").get(f"/api/documents/{paper.id}.pdf").status_code == 403
    page = hub.client("clerk").page(f"/desk/leads/{lead}").text
    assert paper.number in page and f"/api/documents/{paper.id}.pdf" in page


def test_running_terms_are_shown_with_their_colour(hub: Hub) -> None:
    lead = hub.warned()
    text = hub.client("clerk").page(f"/desk/leads/{lead}").text
    assert 'class="term green"' in text and "等待回执" in text


def test_the_checks_of_a_package_are_listed(hub: Hub) -> None:
    text = hub.client("clerk").page(f"/desk/evidence/{hub.kept.package_id}/verification").text
    assert "封存完好" in text and "可信时间戳" in text


def test_english_is_one_switch_away(hub: Hub) -> None:
    lead, clerk = hub.lead(), hub.client("clerk")
    answer = clerk.page(f"/language/en?back=/desk/leads/{lead}")
    assert answer.status_code == 303 and answer.headers["location"] == f"/desk/leads/{lead}"
    text = clerk.page(f"/desk/leads/{lead}").text
    assert '<html lang="en"' in text and "0.8 m beyond the line" in text and "Steps open to you" in text


def test_the_api_gives_no_whole_telephone_or_identity_number(hub: Hub) -> None:
    lead = hub.warned()
    text = hub.client("clerk").get(f"/api/alerts/{lead}").text
    assert "13900000001" not in text and "92310115MA1K00001" not in text
    assert json.loads(text)["documents"][0]["number"]


def test_a_record_without_a_step_for_whoever_looks_says_whose_it_waits_for(hub: Hub) -> None:
    lead, clerk = hub.lead(), hub.client("clerk")
    hub.client("oper").step("alerts", lead, "confirm")
    good = dict.fromkeys(("authentic", "clear", "complete", "accurate", "lawful_means"), True)
    clerk.step("alerts", lead, "review", **good)
    assert "通常下一步" in clerk.page(f"/desk/leads/{lead}").text
    clerk.step("alerts", lead, "identify", subject_id="s-shop", source="business_licence", confirmed=True)
    text = clerk.page(f"/desk/leads/{lead}").text
    assert "通常下一步" not in text and "<b>责令改正</b>" in text and "指挥中心值守员" in text
    officer = hub.client("officer1").page(f"/desk/leads/{lead}").text
    steps = officer.split('data-part="steps"')[1].split("</section>")[0]
    assert "责令改正" in steps.split("</summary>")[0] and "通常下一步" in steps.split("</summary>")[0], "it comes first"


def test_the_result_of_the_recheck_is_a_fact_of_the_record(hub: Hub) -> None:
    lead = hub.warned()
    hub.party()
    hub.clock.set(hub.chain.lead(lead).recheck_due + timedelta(seconds=1))
    hub.chain.tick()
    at = iso(hub.clock.now())
    hub.chain.recheck_done({"alert_id": lead, "result": "still", "package_id": None, "at": at, "reasons": []})
    assert '<span class="tag bad">仍在</span>' in hub.client("clerk").page(f"/desk/leads/{lead}").text


def test_a_number_that_is_not_among_the_open_ones_can_be_looked_for_among_all(hub: Hub) -> None:
    lead = hub.lead()
    hub.client("oper").step("alerts", lead, "discard", reason="false_detection")
    number = hub.chain.lead(lead).number
    page = hub.client("clerk").page(f"/desk?q={number}").text
    assert "在全部记录中查找" in page and f"q={number}" in page
    assert number in hub.client("clerk").page(f"/desk?q={number}&state=all").text
