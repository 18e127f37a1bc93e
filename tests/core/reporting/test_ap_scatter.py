"""AP before against AP after: places, classes, names on hover, the same bytes again."""

import io
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from PIL import Image

from core.reporting.ap_scatter import scatter, scatter_png, scatter_svg
from core.reporting.canvas import drawing
from tests.runs import make_report

REPORT = make_report(afters=(0.9, 0.2, 0.25), befores=(0.4, 0.8, 0.75))
HOSTILE = "<script>&\"'$x_$--><b>.jpg"


def test_the_picture_is_as_wide_as_a_column_and_not_blank():
    with Image.open(io.BytesIO(scatter_png(REPORT))) as picture:
        assert picture.size == (1121, 1234)
        assert len(set(picture.convert("L").tobytes())) > 2


def test_each_class_has_its_queries_where_their_aps_are():
    with drawing():
        axes = scatter(REPORT).axes[0]
    found = {c.get_label(): c.get_offsets().tolist() for c in axes.collections}
    assert found == {"rescued (1)": [[0.4, 0.9]], "harmed, demoted (2)": [[0.8, 0.2], [0.75, 0.25]]}
    assert (axes.get_xlabel(), axes.get_ylabel()) == (
        "AP before, n = 3 queries",
        "AP after, depth 20",
    )


def test_every_mark_says_its_query_and_its_aps():
    root = ElementTree.fromstring(scatter_svg(REPORT))
    titles = [e.text for e in root.iter("{http://www.w3.org/2000/svg}title")]
    assert sorted(titles) == [
        "q0.jpg: 0.400 to 0.900",
        "q1.jpg: 0.800 to 0.200",
        "q2.jpg: 0.750 to 0.250",
    ]


def test_a_hostile_name_is_text_and_no_mark_is_a_link():
    first = replace(REPORT.outcomes[0], query_id=HOSTILE)
    svg = scatter_svg(replace(REPORT, outcomes=(first, *REPORT.outcomes[1:])))
    titles = [e.text for e in ElementTree.fromstring(svg).iter() if e.tag.endswith("title")]
    assert f"{HOSTILE}: 0.400 to 0.900" in titles
    assert "<script" not in svg
    assert "<a " not in svg
    assert re.findall(r"""(?:src|href)=(?!"#)|url\((?!#)|@import""", svg) == []


@pytest.mark.parametrize("draw", [scatter_png, scatter_svg])
def test_the_same_run_gives_the_same_bytes(draw):
    assert draw(REPORT) == draw(make_report(afters=(0.9, 0.2, 0.25), befores=(0.4, 0.8, 0.75)))
