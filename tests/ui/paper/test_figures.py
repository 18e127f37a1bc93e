"""Every plot of the page has a name in the table of figures."""

import re

from tests.fakes.saved import save_run
from ui.layout import build_app
from ui.paper.figures import FIGURES
from ui.paper.tables import TABLES

RUN = "20260101T000000000000Z-aaaaaaaaaaaa"
OFFER = re.compile(r'data-save-plot="([^"]*)" data-table="([^"]*)"')


def offered(text: str) -> set[tuple[str, str]]:
    return set(OFFER.findall(text))


def test_every_plot_of_the_page_is_offered_under_a_name_that_is_known(bench):
    save_run(bench, RUN, 5)
    page = offered(str(build_app(bench).get_config_file()))
    names = {name for name, _ in page}
    assert names <= set(FIGURES)
    assert set(FIGURES) - names <= {"run"}
    assert {table for _, table in page} <= {"", *TABLES}
