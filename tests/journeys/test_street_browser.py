"""The street editor in a real Chromium: drawn and edited by keys alone, tried, proposed, published by another; the time
slider; a camera calibrated against the map. No tile server is asked, and the browser's console stays silent."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from geofence import CameraPose
from tests.console.conftest import hub, kept, make_hub  # noqa: F401
from tests.journeys.test_browser import Site, served, site  # noqa: F401

pytestmark = pytest.mark.service


def shot(page: Page, folder: Path | None, name: str) -> None:
    if folder is not None:
        page.screenshot(path=folder / f"{name}.png")


@pytest.fixture
def shots(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures of the screen are kept, for people who look at them; NONSITE_SCREENSHOTS names it."""
    import os

    named = os.environ.get("NONSITE_SCREENSHOTS")
    return Path(named) if named else None


def test_a_zone_is_drawn_by_keys_tried_proposed_and_published_by_another(site: Site, shots: Path | None) -> None:  # noqa: F811
    officer = site.person("officer1")
    officer.goto("/street")
    expect(officer.locator("#feature-list button")).to_have_count(2)
    _draw_by_keys(officer)
    shot(officer, shots, "drawn")
    officer.locator("#try").click()
    expect(officer.locator("#about")).to_contain_text("legal_source")  # what is missing is named
    _fill_in(officer)
    corner = officer.locator(".corner:not(.mid)").first
    before = officer.evaluate("() => document.querySelector('.corner:not(.mid)').style.transform")
    corner.focus()
    for _ in range(3):
        officer.keyboard.press("Shift+ArrowUp")
    assert officer.evaluate("() => document.querySelector('.corner:not(.mid)').style.transform") != before
    officer.locator("#try").click()
    expect(officer.locator("#about .changes .added")).to_have_count(1)
    shot(officer, shots, "tried")
    officer.locator("#propose").click()
    officer.fill("#note-text", "通告2026年1号")
    officer.get_by_role("button", name="提交", exact=True).click()
    expect(officer.get_by_role("status").filter(has_text="须由另一人发布")).to_be_visible()

    chief = site.person("squad")
    chief.goto("/street")
    chief.get_by_role("tab", name="版本").click()
    chief.locator("#draft-list button").click()
    expect(chief.locator("#about .changes .added")).to_have_count(1)
    shot(chief, shots, "draft")
    chief.get_by_role("button", name="发布", exact=True).click()
    expect(chief.get_by_role("status").filter(has_text="已发布版本")).to_be_visible()
    expect(chief.locator("#version-list li")).to_have_count(2)
    _ask_on_saturday(chief, shots)
    assert site.complaints == []


def _draw_by_keys(page: Page) -> None:
    page.locator("#new-layer").select_option("vending_forbidden")
    page.locator("#street-map").focus()
    page.keyboard.press("n")
    expect(page.locator("#mode")).to_contain_text("回车加点")
    for arrow in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        page.keyboard.press("Enter")
        page.keyboard.press(arrow)
        page.wait_for_timeout(400)  # the map glides
    page.keyboard.press("Enter")
    page.keyboard.press("f")
    expect(page.locator("#feature-list button")).to_have_count(3)
    expect(page.locator(".corner:not(.mid)")).to_have_count(4)


def _fill_in(page: Page) -> None:
    page.locator("#feature-list button[data-id^=vending]").click()
    for field, value in (
        ("name", "周六夜市禁设区"),
        ("legal_source", "通告1号"),
        ("effective_from", "2026-01-01"),
        ("hours", "sat 17:00-22:00"),
    ):
        page.fill(f"#p-{field}", value)
        page.locator(f"#p-{field}").blur()
    page.locator("#p-phase").select_option("enforce")


def _ask_on_saturday(page: Page, shots: Path | None) -> None:
    page.get_by_role("tab", name="图层").click()
    page.fill("#day", "2026-06-06")
    page.locator("#minute").fill("1080")
    expect(page.locator("#moment")).to_contain_text("18:00")
    button = page.locator("#feature-list button[data-id^=vending]")
    expect(button).to_contain_text("生效")
    expect(button).not_to_contain_text("不生效")
    button.click()  # the map goes there
    page.wait_for_timeout(600)
    page.locator("#ask").click()
    page.keyboard.press("Enter")
    expect(page.locator("#about .said")).to_contain_text("周六夜市禁设区")
    shot(page, shots, "saturday")
    page.fill("#day", "2026-06-08")
    expect(button).to_contain_text("不生效")
    shot(page, shots, "monday")


def test_a_camera_is_calibrated_by_clicks_with_live_residuals(site: Site, tmp_path: Path, shots: Path | None) -> None:  # noqa: F811
    officer = site.person("officer1")
    officer.goto("/street")
    expect(officer.locator("#feature-list button")).to_have_count(2)
    officer.get_by_role("tab", name="标定").click()
    picture = tmp_path / "picture.png"
    blocks = np.random.default_rng(1).integers(60, 120, (36, 64, 3), np.uint8)
    cv2.imwrite(str(picture), cv2.resize(blocks, (1280, 720), interpolation=cv2.INTER_NEAREST))
    assert officer.locator("#propose-calibration").is_disabled()
    officer.set_input_files("#picture-file", str(picture))
    officer.fill("#camera-id", "cam-1")
    plane = site.hub.services.street.plane
    camera = CameraPose(0.0, 2.0, 6.0, 10.0, 22.0, 0.0, 1000.0, (1280, 720))
    pixels = np.array([[120, 690], [1180, 660], [640, 560], [300, 400], [950, 380]], float)
    places = plane.to_lonlat(camera.ground(pixels)).tolist()
    officer.locator("#picture").focus()
    for at, (px, place) in enumerate(zip(pixels.tolist(), places, strict=True)):
        officer.keyboard.press("Enter")  # the cross, wherever it is; then the map's middle
        officer.keyboard.press("Enter")
        row = officer.locator("#points tr").nth(at)
        for name, value in (("x", px[0]), ("y", px[1]), ("lon", place[0]), ("lat", place[1])):
            box = officer.get_by_label(f"{at + 1} {name}", exact=True)
            box.fill(f"{value:.9f}")
            box.press("Tab")
        expect(row).to_be_visible()
        officer.locator("#picture").focus()
    expect(officer.locator("#calibration")).to_contain_text("均方根残差")
    expect(officer.locator("#points tr").first).to_contain_text("0.0 px")
    assert officer.locator("#picture svg path").count() > 5  # crosses, the horizon, the shop's line
    assert "px: [640, 560]" in officer.locator("#settings-text").input_value()
    shot(officer, shots, "calibrated")
    moved = officer.get_by_label("3 x", exact=True)
    moved.fill("660")
    moved.press("Tab")
    expect(officer.locator("#points tr").nth(2)).not_to_contain_text(" 0.0 px")
    moved.fill("640")
    moved.press("Tab")
    _keep_the_calibration(site, officer, shots)
    assert site.complaints == []


def _keep_the_calibration(site: Site, officer: Page, shots: Path | None) -> None:  # noqa: F811
    """Proposed by keys alone by whoever clicked it, looked at and put in force by another, then marked as judging."""
    propose = officer.locator("#propose-calibration")
    expect(propose).to_be_enabled()
    propose.focus()
    officer.keyboard.press("Enter")
    officer.locator("#note-text").fill("装机标定")
    officer.keyboard.press("Tab")
    officer.get_by_role("button", name="提交", exact=True).press("Enter")
    expect(officer.get_by_role("status").filter(has_text="须由另一人发布")).to_be_visible()
    expect(officer.locator("#calibration-list li")).to_contain_text("待发布")
    officer.locator("#calibration-list button").press("Enter")
    expect(officer.locator("#about")).to_contain_text("自己的标定须由另一人发布")
    assert officer.get_by_role("button", name="发布", exact=True).count() == 0
    chief = site.person("squad")
    chief.goto("/street")
    chief.get_by_role("tab", name="标定").click()
    chief.locator("#calibration-list button").press("Enter")
    expect(chief.locator("#points tr")).to_have_count(5)
    expect(chief.locator("#calibration")).to_contain_text("均方根残差")
    assert chief.evaluate("() => document.querySelector('#picture img').naturalWidth") == 1280
    shot(chief, shots, "calibration-to-publish")
    chief.get_by_role("button", name="发布", exact=True).press("Enter")
    expect(chief.get_by_role("status").filter(has_text="程序下次启动时采用")).to_be_visible()
    expect(chief.locator("#calibration-list li")).to_contain_text("现行")
    shot(chief, shots, "calibration-in-force")
