"""Who gets where: the wall, the desk, administration; nobody anywhere without signing in."""

import pytest

from tests.console.conftest import Hub


@pytest.mark.parametrize("path", ["/desk", "/desk/cases", "/admin"])
def test_an_operator_is_refused_at_the_desk_and_in_administration(hub: Hub, path: str) -> None:
    answer = hub.client("oper").page(path)
    assert answer.status_code == 403
    assert "E_ROLE" in answer.text


def test_an_operator_reads_leads_but_no_cases(hub: Hub) -> None:
    hub.lead()
    oper = hub.client("oper")
    assert oper.get("/api/alerts").json()["total"] == 1
    assert oper.get("/api/cases").status_code == 403


def test_an_operator_cannot_pass_the_clerks_review(hub: Hub) -> None:
    lead, oper = hub.lead(), hub.client("oper")
    oper.step("alerts", lead, "confirm")
    answer = oper.post(f"/api/alerts/{lead}/steps/review", {"values": {}})
    assert answer.status_code == 409 and answer.json()["code"] == "E_ROLE"


@pytest.mark.parametrize("path", ["/desk", "/desk/cases", "/wall"])
def test_a_clerk_works_at_the_desk_and_sees_the_wall(hub: Hub, path: str) -> None:
    assert hub.client("clerk").page(path).status_code == 200


def test_an_administrator_without_a_role_manages_users_only(hub: Hub) -> None:
    admin = hub.client("admin")
    assert admin.page("/admin").status_code == 200
    assert admin.page("/desk").status_code == 403 and admin.page("/wall").status_code == 403


def test_an_administrator_adds_a_person_who_can_then_sign_in(hub: Hub) -> None:
    admin = hub.client("admin")
    form = {"login": "new", "name": "新人", "password": "long enough", "roles": ["CLERK", "LEGAL"]}
    assert admin.form("/admin/users", **form).status_code == 303
    signed_in = hub.visitor().http.post("/api/session", json={"user": "new", "password": "long enough"})
    assert signed_in.json()["roles"] == ["CLERK", "LEGAL"]


def test_a_short_password_or_a_taken_login_is_refused_with_a_reason(hub: Hub) -> None:
    admin = hub.client("admin")
    short = admin.form("/admin/users", login="new", name="新人", password="short", roles="CLERK")
    taken = admin.form("/admin/users", login="clerk", name="新人", password="long enough", roles="CLERK")
    assert (short.status_code, taken.status_code) == (400, 400)
    assert "E_PASSWORD" in short.text and "E_LOGIN" in taken.text


def test_an_administrator_cannot_lock_himself_out(hub: Hub) -> None:
    admin = hub.client("admin")
    assert admin.form("/admin/users/admin", roles="SUPER").status_code == 303
    assert admin.page("/admin").status_code == 200


@pytest.mark.parametrize("path", ["/api/alerts", "/api/cases", "/api/street", "/api/events", "/api/evidence/x"])
def test_programs_without_a_session_get_401(hub: Hub, path: str) -> None:
    answer = hub.visitor().get(path)
    assert answer.status_code == 401 and answer.json()["code"] == "E_NOT_SIGNED_IN"
