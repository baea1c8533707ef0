"""The liveries of bike operators as a file: the usual one can be used, and what is wrong in another is named."""

import itertools

import pytest

from nonsite.closer import closer_look, load_liveries
from records import BadInput


def test_the_usual_liveries_are_marked_as_configured_and_do_not_overlap():
    liveries = closer_look().liveries
    assert len(liveries) >= 3 and {livery.mark for livery in liveries} == {"configured"}
    hues = sorted(livery.hue for livery in liveries)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(hues))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("liveries: [{id: a, title: A, hue: [1]}]", "hue"),
        ("liveries: [{id: a, title: A, hue: [1, 2], shine: 3}]", "shine"),
        ("[a]", "valid dictionary"),
        ("liveries: [", "not YAML"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path, text, said):
    file = tmp_path / "brands.yaml"
    file.write_text(text)
    with pytest.raises(BadInput, match=f"E_BRANDS.*{said}"):
        load_liveries(file)
    with pytest.raises(BadInput, match="E_BRANDS"):
        load_liveries(tmp_path / "none.yaml")
