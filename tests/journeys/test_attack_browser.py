"""What names and texts from outside do in a real Chromium, and what a clumsy hand may do without losing anything."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from playwright.sync_api import Page, expect

from geofence import load_street, publish
from tests.console.conftest import ALERT, DATA, PASSWORD, Hub, alert_message, hub, kept, make_hub  # noqa: F401
from tests.journeys.test_browser import Site, served, site  # noqa: F401

pytestmark = pytest.mark.service
EVIL = "<img src=x onerror=\"document.title='owned'\">面馆\u202e<b id=evil>"


def is_plain(page: Page) -> bool:
    return page.locator("img[src='x'], #evil").count() == 0 and "owned" not in page.title()


def hostile_street(hub: Hub) -> None:  # noqa: F811
    document = yaml.safe_load((DATA / "street.yaml").read_text("utf-8"))
    for feature in document["features"]:
        for name in {"shop_name", "name", "holder"} & feature["properties"].keys():
            feature["properties"][name] = EVIL
    with hub.database.session() as session:
        publish(session, load_street(document), "demo", hub.clock.now())


def test_names_and_texts_from_outside_are_text_on_every_page(site: Site) -> None:  # noqa: F811
    hostile_street(site.hub)
    reasons: list[dict[str, Any]] = [{"code": "OVERHANG", "zh": EVIL, "en": EVIL, "value": 0.8}]
    site.hub.chain.alert_raised(alert_message(shop_id=None, shop_name=EVIL, reasons=reasons, source_id=EVIL))
    site.hub.chain.evidence_sealed(site.hub.kept.evidence_message)
    oper, clerk = site.person("oper"), site.person("clerk")
    expect(oper.locator(".card")).to_have_count(1)
    expect(oper.locator(".leaflet-tooltip.shop")).to_contain_text("<img", use_inner_text=True)
    site.hub.client("oper").step("alerts", ALERT, "confirm", note=EVIL)
    clerk.goto(f"/desk/leads/{ALERT}")
    expect(clerk.locator("[data-part=timeline]")).to_contain_text("<b id=evil>")
    assert is_plain(oper) and is_plain(clerk)
    clerk.goto("/street")
    front = clerk.locator("#street-map path[stroke='#ffb020'], #street-map path.leaflet-interactive").last
    front.dispatch_event("mouseover", {"bubbles": True})
    expect(clerk.locator("#street-map .leaflet-tooltip").first).to_contain_text("<img", use_inner_text=True)
    assert is_plain(clerk)


def sign_in_again(page: Page, login: str) -> None:
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_what_a_clerk_typed_outlives_the_end_of_his_session(site: Site) -> None:  # noqa: F811
    lead = site.hub.lead()
    site.hub.client("oper").step("alerts", lead, "confirm")
    clerk = site.person("clerk")
    clerk.goto(f"/desk/leads/{lead}")
    step = clerk.locator("details.step", has_text="四性审核通过")
    for name in ("取证手段合法", "真实", "清晰", "完整", "准确"):
        step.get_by_label(name).check()
    step.locator("input[name=note], textarea[name=note]").fill("看了三遍，门店线外的货物清楚可见")
    site.hub.real_clock.advance(13 * 3600)
    clerk.get_by_role("button", name="四性审核通过").click()
    clerk.wait_for_url("**/sign-in**")
    sign_in_again(clerk, "clerk")
    clerk.wait_for_url(f"**/desk/leads/{lead}")
    expect(step.locator("input[name=note], textarea[name=note]")).to_have_value("看了三遍，门店线外的货物清楚可见")
    assert all(step.get_by_label(name).is_checked() for name in ("取证手段合法", "真实", "清晰", "完整", "准确"))
    clerk.get_by_role("button", name="四性审核通过").dblclick()
    expect(clerk.get_by_role("status").filter(has_text="已办理")).to_be_visible()
    assert [one.step for one in site.hub.chain.lead(lead).timeline].count("review") == 1
    clerk.wait_for_function("Object.keys(sessionStorage).length === 0")  # what was taken is not kept


def test_the_wall_of_somebody_whose_session_ended_leads_to_the_door_and_back(site: Site) -> None:  # noqa: F811
    site.hub.lead()
    oper = site.person("oper")
    expect(oper.locator("#stage [data-lead]")).to_be_visible()
    oper.keyboard.press("x")
    dialog = oper.locator("dialog[open]")
    dialog.locator("select").select_option(index=1)
    dialog.locator("input[name=note], textarea[name=note]").fill("是路灯的影子")
    site.hub.real_clock.advance(13 * 3600)
    dialog.locator("button:not([data-close])").click()
    oper.wait_for_url("**/sign-in**")
    sign_in_again(oper, "oper")
    oper.wait_for_url("**/wall**")
    expect(oper.locator("dialog input[name=note], dialog textarea[name=note]").last).to_have_value("是路灯的影子")
    assert site.hub.chain.lead(ALERT).state == "A1"


@pytest.mark.long
def test_a_form_gone_stale_in_a_second_tab_says_so_and_does_nothing_twice(site: Site) -> None:  # noqa: F811
    lead = site.hub.lead()
    site.hub.client("oper").step("alerts", lead, "confirm")
    clerk = site.person("clerk")
    clerk.goto(f"/desk/leads/{lead}")
    stale = clerk.context.new_page()
    stale.route("**/api/events**", lambda route: route.abort())  # a tab that hears nothing
    stale.goto(f"/desk/leads/{lead}")
    for page in (clerk, stale):
        for name in ("取证手段合法", "真实", "清晰", "完整", "准确"):
            page.get_by_label(name).check()
        page.get_by_role("button", name="四性审核通过").click()
        page.wait_for_load_state()
    expect(stale.get_by_role("alert")).to_be_visible()
    assert [one.step for one in site.hub.chain.lead(lead).timeline].count("review") == 1
    clerk.go_back()
    expect(clerk.locator("h1")).to_be_visible()
    assert site.hub.chain.lead(lead).state == "A4"
