"""The demo's people at work: who does what with each alert, through the console's HTTP API."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from nonsite.demo.client import Person, StepFailed, filled
from nonsite.demo.people import PASSWORD
from records import Clock, parse_iso

CALLBACK_S = 30.0
CLEARED, STILL, DISCARDED, HANDED_OFF = "cleared", "still", "discarded", "handed off"
VENDOR = {"kind": "person", "name": "王摊主", "address": "示范区临时住所"}
GOOD = {"lawful_means": True, "authentic": True, "clear": True, "complete": True, "accurate": True}
SUBKINDS = {"BIKE_CLUTTER": {"subkind": "SHARED_BIKE_CLUTTER"}}
SECOND = {"officer": "officer2", "officer2": "officer"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the cases of the demo ended."""

    rectified: int
    paid: int
    discarded: int

    def as_json(self) -> dict[str, int]:
        return {"rectified": self.rectified, "paid": self.paid, "discarded": self.discarded}


class Cast:
    """Operator, clerk, officers, squad leader, reviewer, head and party, each signed in when first needed."""

    def __init__(
        self, console: str, gateway: str, clock: Clock, say: Callable[[str], None], phones: Mapping[str, str]
    ) -> None:
        """`phones`: the registers' telephone of each subject; the parties read their messages there."""
        self._console, self._gateway, self._clock, self._say = console, gateway, clock, say
        self._phones, self._party = phones, dict[str, str]()
        self._people: dict[str, Person] = {}
        self._plan: dict[str, str] = {}

    def person(self, login: str) -> Person:
        if login not in self._people:
            self._people[login] = Person(self._console, login, PASSWORD)
        return self._people[login]

    def sign_in_anew(self) -> None:
        """After a jump of days nobody is still signed in."""
        for person in self._people.values():
            person.close()
        self._people.clear()

    def leads(self) -> list[dict[str, Any]]:
        """Every lead that is one of its own, oldest first."""
        rows = self.person("operator").get("/api/alerts", limit=500)["items"]
        return sorted((row for row in rows if row["state"] != "MERGED"), key=lambda row: (row["raised"], row["id"]))

    def lead(self, lead_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.person("operator").get(f"/api/alerts/{lead_id}")
        return found

    def all_alerts(self) -> list[dict[str, Any]]:
        """What was raised, as `alerts.jsonl` lists it."""
        return [
            {
                **{key: row[key] for key in ("id", "kind", "lon", "lat", "opened", "raised")},
                "package": next((one["package_id"] for one in row["packages"] if one["stage"] == "first_seen"), None),
            }
            for row in (self.lead(lead["id"]) for lead in self.leads())
        ]

    def triage_and_warn(self) -> None:
        """The operator confirms or discards, the clerk reviews and identifies, the operator orders to correct."""
        leads = self.leads()
        self._plan = _plan(leads)
        for lead in leads:
            self._first_steps(lead, self._plan[lead["id"]])
        self._say(f"played: {dict(Counter(self._plan.values()))}")

    def _first_steps(self, lead: dict[str, Any], plan: str) -> None:
        owner, operator, clerk = lead["id"], self.person("operator"), self.person("clerk")
        if plan == DISCARDED:
            operator.take("alerts", owner, "discard", reason="permitted", note="经电话核实，属于已批准的临时活动宣传")
            return
        operator.take("alerts", owner, "confirm")
        clerk.take("alerts", owner, "review", **GOOD, **SUBKINDS.get(lead["kind"], {}))
        self._identify(lead)
        if self.lead(owner)["state"] != "MERGED":  # the same party's same act, seen from elsewhere
            operator.take("alerts", owner, "warn", method="sms")

    def _identify(self, lead: dict[str, Any]) -> None:
        """A shop, a board's holder or a bike operator from the registers; a street vendor by two officers on site."""
        owner, clerk = lead["id"], self.person("clerk")
        if lead["kind"] == "STALL" or not self._candidates(owner):
            person = {**VENDOR, "phone": f"1990000{7001 + len(self._party):04d}"}
            self._party[owner] = person["phone"]
            self.person("officer").take(
                "alerts", owner, "identify_on_site", second_officer=SECOND["officer"], confirmed=True, **person
            )
            return
        offer = clerk.steps("alerts", owner)["identify"]
        field = next(one for one in offer["fields"] if one["name"] == "subject_id")
        offered = [one["value"] for one in field["choices"]]
        chosen = field.get("default") or offered[len(self._party) % len(offered)]
        self._party[owner] = self._phones[chosen]
        source = {"BIKE_CLUTTER": "bike_operator_filing"}.get(lead["kind"], "business_licence")
        clerk.take("alerts", owner, "identify", subject_id=chosen, source=source, confirmed=True)

    def _candidates(self, owner: str) -> list[dict[str, Any]]:
        offer = self.person("clerk").steps("alerts", owner)["identify"]
        choices: list[dict[str, Any]] = next(one for one in offer["fields"] if one["name"] == "subject_id")["choices"]
        return choices

    def rechecks_due(self) -> list[tuple[datetime, list[dict[str, Any]]]]:
        """When corrections are due, earliest first, with the leads that are due then."""
        due: dict[datetime, list[dict[str, Any]]] = {}
        for lead in self.leads():
            if lead["state"] != "A5":
                continue
            row = self.lead(lead["id"])
            term = next(one for one in row["deadlines"] if one["code"] == "DRECT")
            minute = parse_iso(term["due"]).replace(second=0, microsecond=0) + timedelta(minutes=1)
            due.setdefault(minute, []).append(row)
        return sorted(due.items(), key=lambda entry: entry[0])

    def answer_of(self, lead_id: str) -> str:
        """What the party does about the order: clears up, or does not."""
        return STILL if self._plan.get(lead_id) == STILL else CLEARED

    def carry_on(self, jump: Callable[[datetime], None]) -> None:
        """Close what was corrected; file what was not, and carry each case to its payment."""
        self.sign_in_anew()
        for lead in self.leads():
            if lead["state"] != "A6":
                continue
            row = self.lead(lead["id"])
            if (row.get("recheck") or {}).get("result") == "cleared":
                self.person("clerk").take("alerts", row["id"], "review_more", **GOOD)
                self.person("clerk").take("alerts", row["id"], "close_rectified")
        waiting = [lead["id"] for lead in self.leads() if lead["state"] == "A6" and self.answer_of(lead["id"]) == STILL]
        cases = [case for case in map(self._file, waiting) if case]
        for case in cases:
            self._to_notice(case)
        if not cases:
            return
        jump(self._clock.now() + timedelta(seconds=5))
        self._statement(cases[0])
        jump(self._window_over(cases))
        self.sign_in_anew()
        for case in cases:
            self._to_decision(case)
        jump(self._clock.now() + timedelta(hours=2))
        for case in cases:
            self._pay(case)
            self.person("squad").take("cases", case, "close", correction="经复核，已恢复原状")

    def _file(self, lead_id: str) -> str | None:
        result = (self.lead(lead_id).get("recheck") or {}).get("result")
        if result != "still":
            return None
        self.person("clerk").take("alerts", lead_id, "review_more", **GOOD)
        self.person("officer").take("alerts", lead_id, "file_propose", second_officer=SECOND["officer"])
        outcome = self.person("squad").take("alerts", lead_id, "file_approve")
        return str(outcome["case_id"])

    def _to_notice(self, case: str) -> None:
        officer, squad = self.person("officer"), self.person("squad")
        officer.take("cases", case, "investigate", record="调取现场视频和照片，经勘验，当事人责令改正期满后仍未改正。")
        officer.take(
            "cases", case, "close_investigation",
            evidence_per_element="现场照片、视频片段、责令改正通知书及送达记录、复核视频",
            elements_shown=True, opinion="违法事实清楚，证据确凿",
        )  # fmt: skip
        squad.take("cases", case, "propose", reasons="首次被查处，情节较轻，按裁量基准最低档")
        officer.take("cases", case, "notice")
        officer.take("cases", case, "serve_notice", method="sms")

    def _statement(self, case: str) -> None:
        """One party answers through the link in the message; the clerk reviews what was said."""
        portal = Portal(self._console, self._gateway, self._phone(case))
        portal.take("statement", text="当时正在搬运货物，已经收回，请从轻处理。")
        portal.close()
        self.person("clerk").take(
            "cases",
            case,
            "review_statement",
            adopted="rejected",
            reasons="已给予整改时间，复核时仍未改正；建议数额已是最低档",
        )

    def _window_over(self, cases: list[str]) -> datetime:
        ends = [
            parse_iso(term["due"])
            for case in cases
            for term in self.person("officer").get(f"/api/cases/{case}")["deadlines"]
            if term["code"] in ("DSTMT", "DHEAR")
        ]
        return max(ends) + timedelta(hours=9)

    def _to_decision(self, case: str) -> None:
        legal, head, officer = self.person("legal"), self.person("head"), self.person("officer")
        review = legal.steps("cases", case).get("legal_review")
        if review is not None and not review["refusals"]:
            legal.take("cases", case, "legal_review", conclusion="pass", opinion="事实清楚，程序合法，适用法律正确")
        head.take("cases", case, "approve")
        head.take("cases", case, "decide")
        portal = Portal(self._console, self._gateway, self._phone(case))
        portal.take("consent", signed_name="当事人签名")
        portal.close()
        officer.take("cases", case, "serve_decision", method="electronic")

    def _pay(self, case: str) -> None:
        row = self.person("officer").get(f"/api/cases/{case}")
        payment = row["payment"]
        with httpx.Client(base_url=self._gateway, timeout=30.0, trust_env=False) as bank:
            answer = bank.post(f"/orders/{payment['code']}/pay", json={"amount_fen": payment["balance_fen"]})
        if not answer.is_success:
            raise StepFailed("E_DEMO", f"payment of {row['number']}: HTTP {answer.status_code}: {answer.text[:200]}")
        deadline = time.monotonic() + CALLBACK_S
        while self.person("officer").get(f"/api/cases/{case}")["state"] != "B12":
            if time.monotonic() > deadline:
                raise StepFailed("E_DEMO", f"the payment of {row['number']} was not told within {CALLBACK_S:.0f} s")
            time.sleep(0.2)

    def _phone(self, case: str) -> str:
        return self._party[self.person("officer").get(f"/api/cases/{case}")["lead_id"]]

    def outcome(self) -> Outcome:
        """Counted from what the API shows at the end."""
        states = Counter(lead["state"] for lead in self.leads())
        cases = self.person("officer").get("/api/cases", limit=500)["items"]
        paid = sum(case["state"] in ("B12", "B16", "B17") and bool(case["amount_fen"]) for case in cases)
        return Outcome(rectified=states["A7"], paid=paid, discarded=states["A9"])


class Portal:
    """The party: reads the newest message on the telephone, opens its link with the code that comes there."""

    def __init__(self, console: str, gateway: str, phone: str) -> None:
        self._gateway, self._phone = gateway, phone
        links = [word for text in self._texts() for word in text.split() if "/portal/" in word]
        if not links:
            raise StepFailed("E_DEMO", f"no message with a link reached {phone}")
        self._token = links[-1].split("/portal/")[1].strip("。，；)）").split("?")[0]
        self._http = httpx.Client(base_url=console, timeout=60.0, trust_env=False)
        self._asked("code", {})
        code = self._texts()[-1].split("验证码")[1][:6]
        self._http.headers["X-Portal-Key"] = self._asked("open", {"code": code})["key"]

    def _texts(self) -> list[str]:
        with httpx.Client(timeout=30.0, trust_env=False) as reader:
            messages = reader.get(f"{self._gateway}/messages", params={"phone": self._phone}).json()
        return [str(message["text"]) for message in messages]

    def _asked(self, what: str, body: dict[str, str]) -> dict[str, Any]:
        answer = self._http.post(f"/api/portal/{self._token}/{what}", json=body)
        if not answer.is_success:
            raise StepFailed("E_DEMO", f"portal {what}: HTTP {answer.status_code}: {answer.text[:500]}")
        found: dict[str, Any] = answer.json()
        return found

    def take(self, code: str, **values: Any) -> None:
        """Take one of the party's steps."""
        offers = self._http.get(f"/api/portal/{self._token}/steps").json()
        offer = next((one for one in offers if one["code"] == code), None)
        if offer is None:
            raise StepFailed("E_DEMO", f"the portal does not offer {code}: {str(offers)[:300]}")
        answer = self._http.post(f"/api/portal/{self._token}/steps/{code}", json=filled(offer, values))
        if not answer.is_success:
            raise StepFailed("E_DEMO", f"portal {code}: HTTP {answer.status_code}: {answer.text[:500]}")

    def close(self) -> None:
        self._http.close()


def _plan(leads: list[dict[str, Any]]) -> dict[str, str]:
    """Of each kind the first party does not correct, the others do; the last board turns out to be permitted."""
    plan, seen = {}, Counter[str]()
    boards = [lead["id"] for lead in leads if lead["kind"] == "OUTDOOR_AD"]
    for lead in leads:
        kind = str(lead["kind"])
        seen[kind] += 1
        stubborn = kind in ("STALL", "OUT_OF_STORE") and seen[kind] == 1
        plan[lead["id"]] = STILL if stubborn else CLEARED
    if len(boards) > 1:
        plan[boards[-1]] = DISCARDED
    return plan
