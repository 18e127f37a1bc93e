"""How figures are made: our settings and nobody else's, in any thread, on first need."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
from matplotlib.figure import Figure

from core.reporting.ap_scatter import scatter_svg
from core.reporting.canvas import drawing, svg_text
from tests.runs import make_report

REPORT = make_report(afters=(0.9, 0.2), befores=(0.4, 0.8))


def test_the_settings_of_the_process_come_back():
    before = dict(mpl.rcParams)
    with drawing():
        assert mpl.rcParams["svg.hashsalt"] == "second-look"
    assert dict(mpl.rcParams) == before


def test_settings_of_the_process_do_not_change_a_figure():
    first = scatter_svg(REPORT)
    strange = {"font.size": 30.0, "axes.facecolor": "red", "lines.linewidth": 9, "svg.id": "x"}
    with mpl.rc_context(strange):
        assert scatter_svg(REPORT) == first


def test_threads_get_the_bytes_that_one_thread_gets():
    others = make_report(afters=(0.1, 0.2), befores=(0.4, 0.8))
    wanted = [scatter_svg(report) for report in (REPORT, others)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(scatter_svg, [REPORT, others] * 4))
    assert made == wanted * 4


def test_names_with_dollar_signs_are_no_formulas_and_style_stays_inside():
    with drawing():
        figure = Figure(figsize=(2, 1))
        figure.text(0.1, 0.5, r"$\nonsense{$")
        svg = svg_text(figure, "one two", 'a "label" <&')
    assert svg.startswith(
        '<svg class="one two" role="img" aria-label="a &#34;label&#34; &lt;&amp;"'
    )
    assert ">*{" not in svg
    assert ">.one *{" in svg
    assert "<text" not in svg  # paths, so that it looks the same without the font


def test_start_up_does_not_import_matplotlib():
    code = "import sys; import app, ui.server.launch; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
