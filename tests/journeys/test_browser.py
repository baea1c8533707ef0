"""One lead through a real Chromium: it appears on the wall, is confirmed by key, reviewed, and told to the party.

All the while nothing may leave the host, and the browser's console must stay silent: nothing refused, nothing missing.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.console.conftest import ALERT, PASSWORD, Hub, alert_message, hub, kept, make_hub  # noqa: F401

pytestmark = pytest.mark.service
CHROMIUM = shutil.which("chromium")
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 60_000  # a busy machine is slow, not wrong
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Site:
    """The console at an address, and what browsers complained of while they were there."""

    base: str
    browser: Browser
    hub: Hub
    complaints: list[str] = field(default_factory=list)

    def visitor(self, **options: object) -> Page:
        """A fresh browser profile; whatever it asks of another host or complains of is kept."""
        page = self.browser.new_context(base_url=self.base, locale="zh-CN", **options).new_page()  # type: ignore[arg-type]
        page.on("console", lambda said: self._complain(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("request", lambda request: self._local(request.url))
        page.set_default_timeout(PATIENCE_MS)
        return page

    def person(self, login: str) -> Page:
        """Somebody who signs in by the page."""
        page = self.visitor(viewport={"width": 1440, "height": 900})
        page.goto("/sign-in")
        page.fill("#login", login)
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    def _complain(self, text: str) -> None:
        self.complaints.append(text)

    def _local(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and f"{parts.scheme}://{parts.netloc}" != self.base:
            self.complaints.append(f"asked of another host: {url}")


@pytest.fixture
def served(hub: Hub) -> Iterator[str]:  # noqa: F811
    """The console on a free port, with the outbox let out all the time."""
    server = uvicorn.Server(uvicorn.Config(hub.base.app, port=0, log_level="warning", lifespan="off"))
    up, done = threading.Event(), threading.Event()

    async def run() -> None:
        async with hub.base.app.router.lifespan_context(hub.base.app):  # type: ignore[attr-defined]
            task = asyncio.create_task(server.serve())
            while not server.started:
                await asyncio.sleep(0.01)
            up.set()
            await task

    def pump() -> None:
        while not done.wait(0.05):
            hub.tell()

    threads = [
        threading.Thread(target=lambda: asyncio.run(run()), daemon=True),
        threading.Thread(target=pump, daemon=True),
    ]
    for thread in threads:
        thread.start()
    assert up.wait(30)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    done.set()
    server.should_exit = server.force_exit = True
    for thread in threads:
        thread.join(10)


@pytest.fixture
def site(hub: Hub, served: str) -> Iterator[Site]:  # noqa: F811
    if CHROMIUM is None:
        assert os.environ.get("CI") != "true", "no chromium: install the packages of scripts/system-packages"
        pytest.skip("no chromium on this machine: install the packages of scripts/system-packages")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        one = Site(served, browser, hub)
        yield one
        browser.close()


def test_a_lead_goes_from_the_wall_to_the_party(site: Site) -> None:
    operator = site.person("oper")
    expect(operator).to_have_url(f"{site.base}/wall")
    expect(operator.locator("#link")).to_have_class("link on")
    assert operator.locator(".card").count() == 0

    _an_alert_arrives_by_itself(site, operator)
    _it_is_confirmed_by_key(site, operator)
    clerk = site.person("clerk")
    _the_clerk_reviews_and_identifies(site, clerk)
    _the_operator_orders_to_correct(site, operator)
    _the_party_reads_it_on_a_telephone(site)
    refusal = "Failed to load resource: the server responded with a status of 409 (Conflict)"
    assert site.complaints == [refusal], "the clerk's incomplete review, and nothing else"


def test_ones_own_step_is_no_news_and_somebody_elses_is(site: Site) -> None:
    lead = site.hub.lead()
    site.hub.client("oper").step("alerts", lead, "confirm")
    clerk = site.person("clerk")
    clerk.goto(f"/desk/leads/{lead}")
    for name in ("取证手段合法", "真实", "清晰", "完整", "准确"):
        clerk.get_by_label(name).check()
    clerk.get_by_role("button", name="四性审核通过").click()
    expect(clerk.get_by_role("status").filter(has_text="已办理")).to_be_visible()
    clerk.get_by_label("权威来源").select_option("business_licence")
    clerk.get_by_label("已核对并确认").check()
    clerk.get_by_role("button", name="确认当事人").click()
    expect(clerk.get_by_role("status").filter(has_text="已办理：确认当事人")).to_be_visible()
    expect(clerk.locator(".step .tag.accent")).to_have_count(0)
    assert not clerk.locator("#changed").is_visible(), "the clerk knows of its own step"

    site.hub.clock.advance(60)
    site.hub.client("oper").step("alerts", lead, "warn", method="sms")
    expect(clerk.locator("#changed")).to_contain_text("其他人刚刚办理了此记录")
    expect(clerk.locator('[data-part="head"]')).to_contain_text("已告知整改")
    expect(clerk.locator('[data-part="timeline"] li').first).to_contain_text("责令改正")

    officer = site.person("officer1")
    officer.goto(f"/desk/leads/{lead}")
    officer.locator("summary", has_text="派员送达通知书").click()
    officer.get_by_label("送达凭证").fill("本人签收")
    site.hub.clock.advance(60)
    site.hub.chain.deliver()
    party = site.visitor()
    _opens_the_link(site, party)
    expect(officer.locator("#changed")).to_contain_text("您正在填写的内容仍保留")
    expect(officer.get_by_label("送达凭证")).to_have_value("本人签收")
    expect(officer.locator('[data-part="timeline"] li').first).to_contain_text("收到回执")
    assert site.complaints == []


def _an_alert_arrives_by_itself(site: Site, operator: Page) -> None:
    site.hub.chain.alert_raised(alert_message())
    operator.wait_for_timeout(300)
    assert operator.locator(".card").count() == 0, "nobody sees it before its evidence is sealed"
    site.hub.chain.evidence_sealed(site.hub.kept.evidence_message)
    card = operator.locator(f'[data-cards="waiting"] .card[data-id="{ALERT}"]')
    expect(card).to_be_visible()
    expect(card).to_have_attribute("aria-current", "true")
    expect(operator.locator("#stage .shot:not([hidden]) .box.main")).to_have_count(1)
    picture = operator.locator("#stage .shot:not([hidden]) image").get_attribute("href")
    assert operator.request.get(str(picture)).headers["content-type"] == "image/jpeg"
    expect(operator.locator("#counts")).to_contain_text("1待研判")
    expect(operator.locator("#map .marker.hot")).to_have_count(1)


def _it_is_confirmed_by_key(site: Site, operator: Page) -> None:
    operator.keyboard.press("c")
    dialog = operator.locator("dialog[open]")
    dialog.locator("textarea").fill("画面清楚")
    operator.keyboard.press("Control+Enter")
    expect(operator.locator(f'[data-cards="handling"] .card[data-id="{ALERT}"]')).to_be_visible()
    expect(operator.locator("#counts")).to_contain_text("0待研判")
    assert site.hub.chain.lead(ALERT).state == "A3"


def _the_clerk_reviews_and_identifies(site: Site, clerk: Page) -> None:
    clerk.get_by_role("link", name=site.hub.chain.lead(ALERT).number).click()
    expect(clerk.locator(".tag", has_text="封存完好")).to_be_visible()
    for name in ("取证手段合法", "真实", "清晰", "完整"):
        clerk.get_by_label(name).check()
    clerk.get_by_role("button", name="四性审核通过").click()
    refusal = clerk.get_by_role("alert")
    expect(refusal).to_be_visible()
    expect(clerk.get_by_label("真实")).to_be_checked()
    clerk.get_by_label("准确").check()
    clerk.get_by_role("button", name="四性审核通过").click()
    expect(clerk.get_by_role("status").filter(has_text="已办理")).to_be_visible()
    clerk.get_by_label("权威来源").select_option("business_licence")
    clerk.get_by_label("已核对并确认").check()
    clerk.get_by_role("button", name="确认当事人").click()
    expect(clerk.get_by_role("status").filter(has_text="已办理：确认当事人")).to_be_visible()
    clerk.locator(".viewer-strip .clip").first.click()
    clip = clerk.locator("video:not([hidden])")
    clip.evaluate("video => { video.muted = true; return video.play(); }")
    expect(clip).to_have_js_property("videoWidth", 640)
    clerk.goto("/language/en?back=" + urlsplit(clerk.url).path)
    expect(clerk.locator("html")).to_have_attribute("lang", "en")
    expect(clerk.get_by_text("Steps open to you")).to_be_visible()


def _the_operator_orders_to_correct(site: Site, operator: Page) -> None:
    operator.locator(f'.card[data-id="{ALERT}"]').click()
    button = operator.locator("#stage").get_by_role("button", name="责令改正").first
    button.click()
    operator.locator("dialog[open]").get_by_role("button", name="责令改正").click()
    expect(operator.locator("#stage header .tag.accent")).to_have_text("已告知整改")
    site.hub.chain.deliver()


def _opens_the_link(site: Site, party: Page) -> None:
    """The link asks for the code that comes to the telephone on record, by keys alone."""
    party.goto(f"/portal/{site.hub.token()}")
    expect(party.get_by_text("尾号 0001")).to_be_visible()
    expect(party.get_by_text("示范面馆")).to_have_count(0)
    party.get_by_role("button", name="发送验证码").press("Enter")
    party.get_by_label("验证码").fill("12")
    party.keyboard.press("Enter")
    expect(party.get_by_label("验证码")).to_be_visible()
    party.get_by_label("验证码").fill(site.hub.code())
    party.keyboard.press("Enter")


def _the_party_reads_it_on_a_telephone(site: Site) -> None:
    party = site.visitor(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    _opens_the_link(site, party)
    expect(party.get_by_role("heading", level=1)).to_contain_text("示范面馆")
    expect(party.get_by_text("请在期限内改正")).to_be_visible()
    expect(party.locator(".shot:not([hidden]) .box.main")).to_have_count(1)
    width = party.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing is wider than the telephone"
    assert site.hub.chain.lead(ALERT).received_at is not None, "opening the link is the receipt"
