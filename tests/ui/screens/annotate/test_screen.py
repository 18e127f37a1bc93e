"""The parts of the Annotate screen: the list of queues, and the desk."""

import re

from core.errors import WorkspaceError
from core.types.annotation import VERDICTS
from ui.screens.annotate.screen import SCREEN
from ui.screens.annotate.words import MOVES
from ui.server.parts import draw, draw_screen
from ui.shared.screen import make_page, read_state


def part(bench, name: str, address: str) -> str:
    return str(draw(make_page(bench, (SCREEN,)), SCREEN.part(name), read_state(bench, address)))


def test_the_queues_are_listed_with_the_chosen_one(bench):
    html = part(bench, "chooser", "view=annotate&queue=hard")
    assert '<option value="hard" selected>' in html
    assert '<optgroup label="Failure classes">' in html


def test_the_chosen_queue_is_always_in_the_list(bench):
    html = part(bench, "chooser", "view=annotate&queue=slice:light=green")
    assert '<option value="slice:light=green" selected>' in html


def test_an_error_is_one_sentence(bench, monkeypatch):
    def refuse(*_args):
        raise WorkspaceError("The <disk> is full.")

    monkeypatch.setattr(bench.annotations, "choices", refuse)
    assert "The &lt;disk&gt; is full." in part(bench, "chooser", "view=annotate")


def test_every_verdict_has_its_key(bench):
    html = part(bench, "desk", "view=annotate")
    for number, verdict in enumerate(VERDICTS, start=1):
        assert re.search(
            f'data-an-verdict="{verdict}" data-an-key="{number}".*?<kbd>{number}</kbd>', html
        )


def test_every_move_has_a_key_of_its_own(bench):
    html = part(bench, "desk", "view=annotate")
    keys = re.findall('data-an-key="([^"]*)"', html)
    assert len(set(keys)) == len(keys) == len(VERDICTS) + len(MOVES) + 2
    for move, key, _, text in MOVES:
        assert f'data-an-move="{move}" data-an-key="{key}"' in html
        assert f"</kbd> {text}</button>" in html


def test_the_desk_is_drawn_once_whatever_is_selected():
    desk = SCREEN.part("desk")
    assert (desk.reads, desk.signals) == ("", ())


def test_the_screen_tells_workspaces_apart(bench):
    page = make_page(bench, (SCREEN,))
    html = draw_screen(page, SCREEN, read_state(bench, "view=annotate"))
    assert f'data-workspace="{page.urls.version}"' in html
    assert html.index('id="sl-an-chooser"') < html.index("data-an-author")
