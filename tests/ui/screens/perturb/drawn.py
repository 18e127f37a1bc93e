"""Drawing parts of the Perturb screen over a real workbench, and doing its work."""

from core.types.jobs import JobView
from core.workbench import Workbench
from ui.screens.perturb.screen import SCREEN
from ui.screens.perturb.selection import requests_of, set_request, surface_of
from ui.selection import Limits, ViewState
from ui.server.parts import draw
from ui.shared.screen import Drawing, Page, make_page, read_state

LIMITS = Limits(lambda image_id: True, 100, ViewState())


def page_of(bench: Workbench) -> Page:
    return make_page(bench, (SCREEN,))


def part(bench: Workbench, name: str, address: str) -> Drawing:
    found = SCREEN.part(name)
    assert found is not None, name
    return draw(page_of(bench), found, read_state(bench, address))


def html(bench: Workbench, name: str, address: str) -> str:
    """The part's HTML; empty where there is none."""
    return str(part(bench, name, address) or "")


def task_of(bench: Workbench, address: str):
    """The work that a selection of one pair asks for."""
    state = read_state(bench, address)
    surface = surface_of(bench, state)
    if surface is not None:
        return bench.work.surface(surface)
    return bench.work.sweep(requests_of(bench, state), state.scorers)


def set_task(bench: Workbench, address: str):
    return bench.work.measure_set(set_request(read_state(bench, address), is_report=False))


def report_task(bench: Workbench, address: str):
    return bench.work.report(set_request(read_state(bench, address), is_report=True))


def finish(bench: Workbench, task, until=lambda view: not view.is_active) -> JobView:
    """Ask for a task and wait until it stands as wanted."""
    key = task.ask("a visitor", "view=perturb")
    return wait(bench, key, until)


def wait(bench: Workbench, key: str, until=lambda view: not view.is_active) -> JobView:
    """Wait until a job stands as wanted."""
    revision = bench.board.revision()
    while not until(view := bench.board.view(key)):
        seen, revision = revision, bench.board.wait(revision, 30)
        assert revision > seen, f"nothing happened for 30 s: {view}"
    return view
