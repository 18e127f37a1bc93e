"""Fonts, colours and sizes of the page; everything is served from this machine."""

from gradio.themes import Base
from gradio.themes.utils.fonts import LocalFont, font_file_path

# Only the Regular and Bold files of these families are complete in the gradio 6.31 wheel: its
# SemiBold subsets lack most letters, so no weight but 400 and 700 may be used anywhere.
_WEIGHTS = (400, 700)
_SANS, _MONO = "IBM Plex Sans", "IBM Plex Mono"


def make_theme() -> Base:
    """Return the product's theme: indigo on slate, small radius, no shadows."""
    return Base(
        primary_hue="indigo",
        neutral_hue="slate",
        spacing_size="sm",
        radius_size="sm",
        text_size="sm",
        font=[LocalFont(_SANS, weights=_WEIGHTS), "system-ui", "sans-serif"],
        font_mono=[LocalFont(_MONO, weights=_WEIGHTS), "ui-monospace", "monospace"],
    ).set(
        body_background_fill="#ffffff",
        body_background_fill_dark="#0b1120",
        block_shadow="none",
        block_label_text_weight="400",
        block_title_text_weight="400",
        button_large_text_weight="700",
        button_large_padding="6px 12px",
        button_large_text_size="*text_sm",
    )


def font_addresses() -> list[str]:
    """Return the addresses of the page's text font, as the theme's style names them."""
    files = (font_file_path(_SANS, weight) for weight in _WEIGHTS)
    return [f"static/fonts/{file.parent.name}/{file.name}" for file in files]
