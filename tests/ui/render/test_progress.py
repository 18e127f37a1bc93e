"""The progress bar of a screen's own work."""

from core.types.runs import Progress
from ui.render.progress import render_problem, render_scoring, render_unscored


def test_scoring_shows_its_pairs():
    assert "40 of 100 pairs" in render_scoring(Progress("score", 40, 100, "pairs"))
    assert "Score 60 more pairs" in render_unscored(60, 100)


def test_a_problem_is_an_alert():
    assert 'role="alert"' in render_problem("no <model>")
    assert "no &lt;model&gt;" in render_problem("no <model>")
