"""Signing in: cookies, wrong passwords, locks, the end of a session, tokens against forged requests."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.console.conftest import PASSWORD, Hub


def test_signing_in_by_the_page_gives_a_cookie_that_scripts_cannot_read(hub: Hub) -> None:
    answer = hub.visitor().http.post("/sign-in", data={"login": "clerk", "password": PASSWORD})
    assert answer.status_code == 303 and answer.headers["location"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "max-age=43200" in cookie
    assert "expires" not in cookie


def test_a_wrong_password_and_an_unknown_login_get_the_same_answer(hub: Hub) -> None:
    pages = [
        hub.visitor().http.post("/sign-in", data={"login": login, "password": "wrong password"})
        for login in ("clerk", "nobody")
    ]
    assert [page.status_code for page in pages] == [401, 401]
    assert pages[0].text.replace("clerk", "nobody") == pages[1].text


def test_guessing_is_slowed_down_even_for_the_right_password(hub: Hub) -> None:
    door = hub.visitor()
    for _ in range(5):
        assert door.http.post("/api/session", json={"user": "clerk", "password": "guess"}).status_code == 401
    locked = door.http.post("/api/session", json={"user": "clerk", "password": PASSWORD})
    assert locked.status_code == 400 and locked.json()["code"] == "E_LOCKED"
    hub.real_clock.advance(6)
    assert door.http.post("/api/session", json={"user": "clerk", "password": PASSWORD}).status_code == 200


def test_a_session_ends_after_its_shift_of_real_time(hub: Hub) -> None:
    clerk = hub.client("clerk")
    assert clerk.get("/api/session").json()["user"] == "clerk"
    hub.real_clock.advance(12 * 3600 + 1)
    assert clerk.get("/api/session").status_code == 401


def test_moving_the_domains_clock_ends_nobodys_session(hub: Hub) -> None:
    clerk = hub.client("clerk")
    hub.clock.set(hub.clock.now() + timedelta(days=90))
    assert clerk.get("/api/session").status_code == 200


def test_signing_out_ends_the_session_for_good(hub: Hub) -> None:
    clerk = hub.client("clerk")
    assert clerk.http.delete("/api/session", headers={"X-CSRF-Token": clerk.csrf}).status_code == 204
    assert clerk.http.get("/api/session", headers={"Cookie": ""}).status_code == 401


def test_a_person_who_is_switched_off_is_out_at_once(hub: Hub) -> None:
    clerk, admin = hub.client("clerk"), hub.client("admin")
    assert admin.form("/admin/users/clerk", roles="CLERK").status_code == 303
    assert clerk.get("/api/session").status_code == 401
    again = hub.visitor().http.post("/api/session", json={"user": "clerk", "password": PASSWORD})
    assert again.status_code == 401


@pytest.mark.parametrize("token", [None, "", "somebody else's"])
def test_a_change_without_the_sessions_token_is_refused(hub: Hub, token: str | None) -> None:
    lead, oper = hub.lead(), hub.client("oper")
    headers = {} if token is None else {"X-CSRF-Token": token}
    answer = oper.http.post(f"/api/alerts/{lead}/steps/confirm", json={"values": {}}, headers=headers)
    assert answer.status_code == 403 and answer.json()["code"] == "E_CSRF"
    assert hub.chain.lead(lead).state == "A1"


def test_a_form_without_the_token_is_refused(hub: Hub) -> None:
    lead, oper = hub.lead(), hub.client("oper")
    answer = oper.http.post(f"/wall/leads/{lead}/steps/confirm", data={"note": ""}, headers={"Accept": "text/html"})
    assert answer.status_code == 403
    assert hub.chain.lead(lead).state == "A1"


def test_a_request_that_another_site_started_is_refused_even_with_the_token(hub: Hub) -> None:
    lead, oper = hub.lead(), hub.client("oper")
    headers = {"X-CSRF-Token": oper.csrf, "Sec-Fetch-Site": "cross-site"}
    answer = oper.http.post(f"/api/alerts/{lead}/steps/confirm", json={"values": {}}, headers=headers)
    assert answer.status_code == 403 and answer.json()["code"] == "E_CROSS_SITE"


@pytest.mark.parametrize("target", ["https://elsewhere.invalid/", "//elsewhere.invalid", "/\\elsewhere.invalid"])
def test_signing_in_never_leads_to_another_site(hub: Hub, target: str) -> None:
    form = {"login": "clerk", "password": PASSWORD, "next": target}
    assert hub.visitor().http.post("/sign-in", data=form).headers["location"] == "/"


def test_who_is_not_signed_in_is_sent_to_the_door_and_back(hub: Hub) -> None:
    answer = hub.visitor().page("/desk/cases?kind=STALL")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/desk/cases%3Fkind%3DSTALL"


def test_the_database_keeps_neither_passwords_nor_cookies(hub: Hub) -> None:
    client = hub.client("clerk")
    cookie = client.http.cookies["nonsite_session"]
    file = Path(str(hub.database.url.database))
    data = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert client.csrf.encode() in data, "the session is there"
    assert PASSWORD.encode() not in data and cookie.encode() not in data
