"""The handler of the Annotate view."""

from core.errors import WorkspaceError
from tests.ui.views.test_pair import is_skip
from ui.views import annotate


def test_the_queues_are_listed_with_the_chosen_one(bench):
    html = annotate.show_queues(bench, "view=annotate&queue=hard", "")
    assert '<option value="hard" selected>' in html
    assert "Failure classes" in html
    assert is_skip(annotate.show_queues(bench, "view=annotate&queue=hard", html))


def test_another_view_renders_nothing(bench):
    assert is_skip(annotate.show_queues(bench, "view=overview", ""))


def test_an_error_is_one_sentence(bench, monkeypatch):
    def refuse(*_args):
        raise WorkspaceError("The <disk> is full.")

    monkeypatch.setattr(bench.annotations, "choices", refuse)
    assert "The &lt;disk&gt; is full." in annotate.show_queues(bench, "view=annotate", "")
