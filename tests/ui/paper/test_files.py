"""Figures as files: formats, the same bytes, letters that need no font."""

import io

import plotly.graph_objects as go
import pytest
from PIL import Image

from core.errors import ExchangeError, SettingsError
from tests.ui.paper.plots import PLOTS
from ui.paper.choices import FORMATS, format_named, width_named
from ui.paper.files import figure_bytes

CAPTION = "Corpus 'x' & <y>, n = 120 queries, receipt 1f2e3d4c5b6a."


def made(form, name="response", width="one"):
    return figure_bytes(PLOTS[name](), width, form, "response", CAPTION)


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_plot_is_the_same_bytes(form):
    assert made(form) == made(form)


def test_letters_are_paths_in_svg_and_the_caption_stands_in_it():
    text = made("svg").decode("utf-8")
    assert "<text" not in text
    assert "font-family" not in text
    assert "1f2e3d4c5b6a" in text
    assert "<dc:date>" not in text
    assert 'width="241.2pt"' in text


def test_fonts_are_embedded_in_pdf_as_truetype():
    data = made("pdf")
    assert data.startswith(b"%PDF")
    assert b"/FontFile2" in data
    assert b"/Type3" not in data
    assert b"CreationDate" not in data
    assert b"1f2e3d4c5b6a" in data


def test_png_has_300_dots_per_inch_on_white():
    with Image.open(io.BytesIO(made("png", width="two"))) as picture:
        assert picture.width == round(6.9 * 300)
        assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
        assert picture.info["Description"] == CAPTION


def test_unknown_words_are_refused_with_the_known_ones():
    with pytest.raises(SettingsError, match="one, two"):
        width_named("three")
    with pytest.raises(SettingsError, match="svg, pdf, png"):
        format_named("gif")


def test_a_plot_that_paper_cannot_show_is_refused():
    pie = go.Figure(go.Pie(values=[1, 2]))
    with pytest.raises(ExchangeError, match="'pie'"):
        figure_bytes(pie, "one", "svg", "", "")
