"""The party's page: opened by its link and nothing else, always masked, with what the party may do."""

import json

from notify.signing import sign
from records import iso
from tests.console.conftest import Hub


def test_the_link_in_the_message_opens_the_partys_own_matter(hub: Hub) -> None:
    lead = hub.warned()
    answer = hub.party().page(f"/portal/{hub.token()}")
    assert answer.status_code == 200 and answer.headers["referrer-policy"] == "no-referrer"
    assert "示范面馆，您好" in answer.text and hub.chain.lead(lead).number in answer.text
    assert "请在期限内改正" in answer.text and "超出门店线0.8米" in answer.text
    assert "陈执法" not in answer.text and "周审核" not in answer.text, "who handles it stays inside"


def test_opening_the_link_with_its_code_is_the_receipt_of_the_order(hub: Hub) -> None:
    lead = hub.warned()
    hub.visitor().page(f"/portal/{hub.token()}")
    assert hub.chain.lead(lead).received_at is None, "whoever only has the link has received nothing"
    hub.party()
    assert hub.chain.lead(lead).received_at == hub.clock.now()


def test_a_link_that_was_not_sent_opens_nothing(hub: Hub) -> None:
    hub.warned()
    forged = hub.token()[:-3] + "AAA"
    page = hub.visitor().page(f"/portal/{forged}")
    assert page.status_code == 409 and "E_LINK" in page.text and "示范面馆" not in page.text
    assert hub.visitor().get(f"/api/portal/{forged}/steps").json()["code"] == "E_LINK"


def test_the_partys_pictures_are_masked_and_no_originals_are_to_be_had(hub: Hub) -> None:
    hub.warned()
    visitor, token, package = hub.party(), hub.token(), hub.kept.package_id
    address = f"/portal/{token}/evidence/{package}/files/data/photos/p1.jpg"
    masked = visitor.get(address)
    assert masked.status_code == 200 and masked.headers["content-type"] == "image/jpeg"
    asked = visitor.get(f"{address}?unmasked=true&purpose=case")
    assert asked.content == masked.content != (hub.kept.store.path(package) / "data/photos/p1.jpg").read_bytes()
    assert visitor.get(f"/portal/{token}/evidence/{package}/files/data/record.json").status_code == 404
    assert visitor.get(f"/api/evidence/{package}/files/data/photos/p1.jpg").status_code == 401


def test_the_party_reads_its_papers_and_nobody_elses(hub: Hub) -> None:
    lead = hub.warned()
    [paper] = hub.chain.lead(lead).documents
    visitor, token = hub.party(), hub.token()
    assert visitor.get(f"/portal/{token}/documents/{paper.id}.pdf").content.startswith(b"%PDF")
    assert visitor.get(f"/portal/{token}/documents/{paper.id[:-1]}x.pdf").status_code == 404


def test_the_api_tells_programs_the_same(hub: Hub) -> None:
    lead = hub.warned()
    program = hub.party_program()
    view = program.get(f"/api/portal/{hub.token()}").json()
    assert view["lead_id"] == lead and view["state"] == "A5"
    assert program.get(f"/api/portal/{hub.token()}/steps").json() == []


def report(hub: Hub) -> bytes:
    """A delivery report of the newest message."""
    message = list(hub.pigeons.texts)[-1]
    return json.dumps({"message_id": message, "state": "delivered", "at": iso(hub.clock.now()), "reason": ""}).encode()


def test_a_gateways_call_counts_only_with_its_signature(hub: Hub) -> None:
    lead = hub.warned()
    http, body = hub.visitor().http, report(hub)
    unsigned = http.post("/api/sms/callback", content=body)
    assert unsigned.status_code == 409 and unsigned.json()["code"] == "E_SIGNATURE"
    forged = sign(b"another secret", body, hub.clock.now())
    assert http.post("/api/sms/callback", content=body, headers={"X-Nonsite-Signature": forged}).status_code == 409
    assert hub.chain.lead(lead).received_at is None
    good = {"X-Nonsite-Signature": sign(hub.pigeons.secret, body, hub.clock.now())}
    assert http.post("/api/sms/callback", content=body + b" ", headers=good).status_code == 409, "another body"
    assert http.post("/api/sms/callback", content=body, headers=good).json()["state"] == "DELIVERED"
    assert hub.chain.lead(lead).received_at is not None
    assert http.post("/api/sms/callback", content=body, headers=good).json()["repeated"] is True


def test_an_unsigned_payment_is_refused(hub: Hub) -> None:
    answer = hub.visitor().http.post("/api/payments/callback", json={"txn_id": "1", "order_id": "x", "amount_fen": 1})
    assert answer.status_code == 409 and answer.json()["code"] == "E_SIGNATURE"
