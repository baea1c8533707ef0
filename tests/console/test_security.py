"""No page runs or loads anything but its own files, and every answer carries the headers that say so."""

import re

import pytest

from tests.console.conftest import Hub

PAGES = {
    "oper": ["/wall"],
    "clerk": ["/desk", "/desk/cases", "/desk/leads/{lead}", "/complaints", "/figures", "/figures?section=mix"],
    "admin": ["/admin"],
    "": ["/sign-in", "/portal/{token}", "/nowhere"],
    "party": ["/portal/{token}"],
}
CASES = [(who, path) for who, paths in PAGES.items() for path in paths]


def look(hub: Hub, who: str, path: str) -> tuple[str, dict[str, str]]:
    lead = hub.warned() if "{" in path else ""
    client = hub.party() if who == "party" else hub.client(who) if who else hub.visitor()
    answer = client.page(path.format(lead=lead, token=hub.token() if lead else ""))
    return answer.text, dict(answer.headers)


@pytest.mark.parametrize(("who", "path"), CASES)
def test_a_page_holds_no_inline_script_or_style_and_names_no_other_host(hub: Hub, who: str, path: str) -> None:
    text, headers = look(hub, who, path)
    assert "<html" in text
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "inline script"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", text), "inline style or handler"
    assert re.findall(r"""(?:src|href|action)=["'](?:[a-z]+:)?//[^"']+""", text) == []
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff" and headers["cache-control"] == "no-store"


def test_map_tiles_are_the_only_thing_that_may_ever_come_from_elsewhere(make_hub) -> None:  # type: ignore[no-untyped-def]
    hub = make_hub(tile_url="https://tiles.city.example/{z}/{x}/{y}.png")
    policy = hub.client("oper").page("/wall").headers["content-security-policy"]
    assert "img-src 'self' data: blob: https://tiles.city.example;" in policy
    assert policy.count("https://") == 1


def test_everything_that_pages_load_is_there_and_cached_by_its_hash(hub: Hub) -> None:
    text = hub.client("oper").page("/wall").text + hub.client("clerk").page("/desk").text
    addresses = set(re.findall(r"""(?:src|href)=["'](/static/[^"'#]+)""", text))
    assert len(addresses) > 8
    for address in addresses:
        answer = hub.visitor().get(address)
        assert answer.status_code == 200, address
        assert ("immutable" in answer.headers["cache-control"]) == ("?v=" in address)


def test_scripts_import_only_our_own_files(hub: Hub) -> None:
    for name in ("wall", "desk", "portal", "map", "viewer", "live", "page"):
        text = hub.visitor().get(f"/static/js/{name}.js").text
        assert all(target.startswith("./") for target in re.findall(r'from "([^"]+)"', text))
        assert not re.search(r"https?://", text)


def test_the_api_describes_itself_without_pages_of_another_host(hub: Hub) -> None:
    paths = hub.visitor().get("/api/openapi.json").json()["paths"]
    assert {"/api/session", "/api/alerts/{owner_id}/steps/{code}", "/api/evidence/{package_id}/files/{name}"} <= set(
        paths
    )
    assert hub.visitor().get("/docs").status_code == 404


def test_an_oversized_form_is_refused(hub: Hub) -> None:
    answer = hub.visitor().http.post("/sign-in", data={"login": "x", "password": "y" * (2 << 20)})
    assert answer.status_code == 413


def test_the_program_says_how_it_is(hub: Hub) -> None:
    visitor = hub.visitor()
    assert visitor.get("/healthz").text == "ok\n"
    assert visitor.get("/readyz").json() == {"database": True, "evidence": True, "live": True}
    assert "nonsite_console_live_connections" in visitor.get("/metrics").text
