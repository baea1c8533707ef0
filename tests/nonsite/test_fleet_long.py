"""The whole proof: sixty cameras, three workers, two hubs, and everything that may break, broken."""

from pathlib import Path

import pytest

from benchmarks import fleet


@pytest.mark.long
@pytest.mark.service
def test_sixty_incidents_give_sixty_alerts_whatever_breaks(tmp_path: Path) -> None:
    figures = fleet.run(tmp_path / "city", 60, quick=False, say=print)
    assert [figure for figure in figures if figure.met is False] == []
