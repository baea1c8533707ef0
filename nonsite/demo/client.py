"""A person at the console's HTTP API, as any other program would be: sign in, look, take a step."""

from collections.abc import Mapping
from typing import Any

import httpx

from records import NonsiteError


class StepFailed(NonsiteError):
    """A step that a player of the demo took was refused; the demo then has no proof and says so."""


def filled(offer: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The form of an offered step as it is sent: what it proposes, with `values` over it."""
    proposed = {one["name"]: one["default"] for one in offer["fields"] if one.get("default") is not None}
    return {"values": {**proposed, **values}}


class Person:
    """One signed-in person."""

    def __init__(self, base_url: str, login: str, password: str) -> None:
        self.login = login
        self._http = httpx.Client(base_url=base_url, timeout=60.0, trust_env=False)
        answer = self._http.post("/api/session", json={"user": login, "password": password})
        self._check("sign in", answer)
        self._http.headers["X-CSRF-Token"] = answer.json()["csrf"]

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at a path."""
        answer = self._http.get(path, params=query)
        self._check(path, answer)
        return answer.json()

    def steps(self, subject: str, owner_id: str) -> dict[str, dict[str, Any]]:
        """The steps offered to this person for an alert or case, by code; `subject` is alerts or cases."""
        offers: list[dict[str, Any]] = self.get(f"/api/{subject}/{owner_id}/steps")
        return {offer["code"]: offer for offer in offers}

    def take(self, subject: str, owner_id: str, code: str, **values: Any) -> dict[str, Any]:
        """Take a step: what the form proposes, with `values` over it. Raises StepFailed with the refusal."""
        offer = self.steps(subject, owner_id).get(code)
        if offer is None:
            raise StepFailed("E_STEP", f"{self.login}: {code} is not offered for {owner_id}")
        answer = self._http.post(f"/api/{subject}/{owner_id}/steps/{code}", json=filled(offer, values))
        self._check(f"{code} on {owner_id}", answer)
        outcome: dict[str, Any] = answer.json()
        return outcome

    def close(self) -> None:
        self._http.close()

    def _check(self, what: str, answer: httpx.Response) -> None:
        if not answer.is_success:
            raise StepFailed("E_DEMO", f"{self.login}: {what}: HTTP {answer.status_code}: {answer.text[:500]}")
