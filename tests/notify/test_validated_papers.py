"""Papers of every template are PDF/A-2b by a validator that is not ours (veraPDF), rare names included."""

import os
from pathlib import Path

import pytest

from notify.documents.kinds import KINDS
from notify.register_rows import SubjectRow
from tests.notify.people import CLERK, HEAD, LEGAL, OFFICER, PRIV, SQUAD
from tests.notify.test_papers_of_every_kind import heard
from tests.notify.world import World
from tests.services import verapdf

pytestmark = [pytest.mark.long, pytest.mark.service]


@pytest.fixture(autouse=True)
def validator() -> None:
    try:
        verapdf.fetch_jars()
    except verapdf.Unavailable as reason:
        if os.environ.get("CI") == "true":
            pytest.fail(str(reason))
        pytest.skip(str(reason))


def papers(world: World, cases: list[str], folder: Path) -> dict[str, Path]:
    """The files of one paper of each kind, by kind."""
    found = {}
    for case in cases:
        view = world.chain.case(case)
        for paper in (*view.lead.documents, *view.documents):
            path = folder / f"{paper.kind}.pdf"
            path.write_bytes(world.chain.document_pdf(paper.id))
            found[paper.kind] = path
    return found


def to_the_end(world: World) -> list[str]:
    """Cases that between them leave a paper of every template."""
    world.law(bundle_three_letters=True)
    long = heard(world)
    world.take(LEGAL, long, "legal_review", conclusion="pass", opinion="合法")
    world.take(HEAD, long, "approve")
    world.take(HEAD, long, "decide", amount="5000")
    world.take(OFFICER, long, "serve_decision", method="direct", proof="签收")
    world.take(CLERK, long, "publish")
    world.pay(long, 500_000)
    world.take(SQUAD, long, "close", correction="已改正")
    world.pass_term(long, "DLIT6M")
    world.take(PRIV, long, "archive")
    other = world.notified(shop_id="shop-2", shop_name="示范贸易", subject="s-firm")
    world.chain.portal_take(world.token(other), "statement", {"text": "当时正在卸货。" * 150})
    return [long, other]


def test_papers_of_every_template_are_what_they_say_they_are(world, tmp_path):
    found = papers(world, to_the_end(world), tmp_path)
    assert {KINDS[kind].template for kind in found} == {kind.template for kind in KINDS.values()}
    broken = {name: rules for name, rules in verapdf.broken_rules(list(found.values())).items() if rules}
    assert broken == {}


def test_a_name_with_rare_characters_breaks_no_paper(world, tmp_path):
    with world.database.session() as session:
        session.get(SubjectRow, "s-shop").name = "𠮷㐂朤龘面馆（No.1·A—b）ÄéЖ☆"
    found = papers(world, [world.decided()], tmp_path)
    broken = {name: rules for name, rules in verapdf.broken_rules(list(found.values())).items() if rules}
    assert broken == {}


def test_the_validator_finds_what_is_no_pdf_a(world, tmp_path):
    (first, *_) = papers(world, [world.filed()], tmp_path).values()
    first.write_bytes(first.read_bytes().replace(b"<pdfaid:part>2</pdfaid:part>", b"<pdfaid:part>7</pdfaid:part>"))
    assert verapdf.broken_rules([first])[first.name]
