"""A scatter of AP in [0, 1] as inline SVG: no script, readable in print."""

from collections.abc import Iterable

from core.reporting.text import esc

Point = tuple[float, float, str, str]
"""x and y in [0, 1], the mark's CSS class, what it is called."""
_SIDE, _PAD = 420, 44


def scatter(points: Iterable[Point], x_title: str, y_title: str) -> str:
    """Return the plot; above the diagonal y is larger. Every mark says its name on hover."""
    marks = "".join(
        f'<circle class="{esc(kind)}" cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="4.5">'
        f"<title>{esc(name)}: {x:.3f} to {y:.3f}</title></circle>"
        for x, y, kind, name in points
    )
    ticks = "".join(_tick(step / 5) for step in range(6))
    middle = _PAD + _SIDE / 2
    return (
        f'<svg viewBox="0 0 {_SIDE + _PAD + 12} {_SIDE + _PAD + 12}" role="img" '
        f'aria-label="{esc(y_title)} against {esc(x_title)}, one mark per query">'
        f'{ticks}<line class="diagonal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
        f'{marks}<text x="{middle}" y="{_SIDE + 50}" text-anchor="middle">{esc(x_title)}</text>'
        f'<text x="12" y="{_SIDE / 2}" text-anchor="middle" '
        f'transform="rotate(-90 12 {_SIDE / 2})">{esc(y_title)}</text></svg>'
    )


def _tick(at: float) -> str:
    return (
        f'<line class="grid" x1="{_x(at)}" y1="{_y(0)}" x2="{_x(at)}" y2="{_y(1)}"/>'
        f'<line class="grid" x1="{_x(0)}" y1="{_y(at)}" x2="{_x(1)}" y2="{_y(at)}"/>'
        f'<text x="{_x(at)}" y="{_y(0) + 18}" text-anchor="middle">{at:.1f}</text>'
        f'<text x="{_x(0) - 8}" y="{_y(at) + 4}" text-anchor="end">{at:.1f}</text>'
    )


def _x(value: float) -> float:
    return round(_PAD + value * _SIDE, 1)


def _y(value: float) -> float:
    return round(8 + (1 - value) * _SIDE, 1)
