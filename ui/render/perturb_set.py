"""The Perturb view of a set of queries: choosers, cost, breaking strengths, the report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from markupsafe import Markup

from core.types.robustness import PERTURBATION_NAMES
from core.types.sets import BreakingStrengths, RobustnessReport, SetCost, SetResponse
from ui.perturb_requests import patch_text
from ui.render.perturb_choosers import choices, field, ranked_field, scorers_field
from ui.render.perturb_text import strength_text
from ui.render.text import MISSING, clock_text, esc, seconds_text
from ui.selection import MAX_PARTS, MAX_SEED, ViewState
from ui.set_requests import DEFAULT_COUNT, set_state, shown_name

_PAIRS = (
    ("self", "self", "Each image against its own damaged copy: needs no label but for the lines"),
    ("positive", "positive", "Each query against its best-ranked positive"),
)
_SIDES = (
    (
        "query",
        "query",
        "The query image is damaged: its candidates are scored again at every level",
    ),
    ("candidate", "candidate", "The candidate image is damaged"),
)


def render_modes(state: ViewState) -> Markup:
    """Return the switch between one pair and a set of queries."""
    if state.view != "perturb":
        return Markup()
    of_set = state.set_of is not None
    one = patch_text(replace(state, set_of=None, within=""))
    many = patch_text(state if of_set else set_state(state))
    buttons = "".join(
        f'<button type="button" data-pt-set="{esc(patch)}" aria-pressed="{str(on).lower()}">'
        f"{text}</button>"
        for patch, text, on in ((one, "One pair", not of_set), (many, "A set of queries", of_set))
    )
    return Markup(
        '<div class="sl-pt-modes"><span class="sl-pt-choices" role="group" '
        f'aria-label="What is swept">{buttons}</span></div>'
    )


def render_set_controls(
    state: ViewState, slices: Mapping[str, Sequence[str]], offered: Sequence[str]
) -> Markup:
    """Return the choosers of a set: which queries, which damage, who scores and is ranked."""
    count = state.count or DEFAULT_COUNT
    sets = (
        (f"hardest:{count}", "hardest", "Those with the lowest AP after re-ranking"),
        (f"spread:{count}", "spread", "Evenly spread over all queries in their order"),
        ("spread:0", "all", "Every query"),
    )
    chosen = f"{state.set_of}:{state.count}"
    number = (
        '<label class="sl-pt-field"><span>How many</span><input type="number" data-pts-count '
        f'data-pts-of="{esc(state.set_of or "spread")}" min="1" max="{MAX_PARTS}" step="1" '
        f'value="{count}"></label>'
    )
    name = shown_name(state)
    chips = "".join(
        f'<button type="button" data-pt-set="{esc(urlencode({"pert": one}))}" '
        f'aria-pressed="{str(one == name).lower()}">{one}</button>'
        for one in PERTURBATION_NAMES
    )
    parts = [
        field("Queries", choices("set", chosen, sets)),
        number if state.count else "",
        _slice_field(state, slices),
        field("Perturbation", f'<span class="sl-pt-chips" role="group">{chips}</span>'),
        field("Pair", choices("pair", state.damage.pair, _PAIRS)),
        field("Damage the", choices("side", state.damage.side, _SIDES)),
        ranked_field(state),
        scorers_field(state, offered),
        '<label class="sl-pt-field"><span>Seed</span><input type="number" data-pt-field="seed" '
        f'min="0" max="{MAX_SEED}" step="1" value="{state.damage.seed}"></label>',
    ]
    return Markup(
        '<section class="sl-pt-controls" aria-label="The set and what is damaged">'
        f"{''.join(parts)}</section>"
    )


def _slice_field(state: ViewState, slices: Mapping[str, Sequence[str]]) -> Markup:
    names = [f"{name}={value}" for name, values in slices.items() for value in values]
    if state.within and state.within not in names:
        names.insert(0, state.within)
    if not names:
        return Markup()
    options = "".join(
        f'<option value="{esc(name)}"{" selected" if name == state.within else ""}>{esc(name)}'
        "</option>"
        for name in names
    )
    return Markup(
        '<label class="sl-pt-field"><span>Only the slice</span><select data-pts-within '
        f'aria-label="Slice"><option value="">every query</option>{options}</select></label>'
    )


def cost_text(cost: SetCost) -> str:
    """Return pairs x ms = time, as a bound: what is stored is not computed again."""
    pairs = f"{cost.n_queries:,} queries × {cost.n_levels} levels = {cost.n_pairs:,} pairs"
    if cost.n_pairs > cost.n_queries * cost.n_levels:
        per_level = cost.n_pairs // (cost.n_queries * cost.n_levels)
        pairs = (
            f"{cost.n_queries:,} queries × {cost.n_levels} levels × {per_level} images = "
            f"{cost.n_pairs:,} pairs"
        )
    more = f" for each of {cost.n_scorers} scorers" if cost.n_scorers > 1 else ""
    if cost.seconds_per_pair is None:
        return f"At most {pairs}{more}; no pair is timed yet."
    seconds = cost.n_pairs * cost.n_scorers * cost.seconds_per_pair
    number, unit = seconds_text(cost.seconds_per_pair)
    text = f"At most {pairs}{more} × {number} {unit} = {_duration(seconds)}"
    if cost.seconds_per_image is None:
        return (
            f"{text}, and {cost.n_queries * cost.n_levels:,} images to encode; less what is stored."
        )
    images = cost.n_queries * cost.n_levels * cost.seconds_per_image
    return f"{text}, and {_duration(images)} of encoding; less what is stored."


def _duration(seconds: float) -> str:
    return clock_text(seconds) or " ".join(seconds_text(seconds))


def render_offer(cost: str, button: str) -> Markup:
    """Return the bar before anything is measured: what it costs, and a button to start."""
    return Markup(
        '<div class="sl-progress" data-action-state="resume"><div class="sl-progress-line">'
        f'<span class="sl-muted">{esc(cost)}</span>'
        f'<button type="button" class="sl-button" data-action="resume">{esc(button)}</button>'
        "</div></div>"
    )


def render_set_done(report: RobustnessReport) -> Markup:
    """Return one quiet line: how many queries, and what was left out."""
    left = f"; {len(report.left_out)} left out" if report.left_out else ""
    reasons = "".join(
        f"<li>{esc(query_id)}: {esc(why)}</li>" for query_id, why in report.left_out[:20]
    )
    more = f"<details><summary>why</summary><ul>{reasons}</ul></details>" if reasons else ""
    return Markup(
        f'<p class="sl-pt-done" role="status">{len(report.instances)} queries of '
        f"{len(set(report.instances.values()))} instances measured{left}. Stored scores are not "
        f"computed again.</p>{more}"
    )


def render_set_table(response: SetResponse, n: int) -> Markup:
    """Return every scorer's breaking strength with its interval, and how its pairs end."""
    heads = (
        "scorer",
        f"breaks at, {response.spec.unit} [95 %]",
        "median",
        "broke",
        "never",
        "below at neutral",
        "no line",
        "not scored",
    )
    titles = "".join(f'<th scope="col">{esc(head)}</th>' for head in heads)
    rows = "".join(
        f'<tr><th scope="row">{esc(_row_name(one.scorer, found))}</th>'
        f"{_cells(response, found)}</tr>"
        for one in response.responses
        for found in one.breaking
    )
    return Markup(
        f'<section aria-label="Breaking strengths"><div class="sl-pt-scroll"><table '
        f'class="sl-pt-table"><thead><tr>{titles}</tr></thead><tbody>{rows}</tbody></table></div>'
        f'<p class="sl-sub">n = {n} queries so far. The mean is over the pairs that start above '
        "their line, one that never breaks counted at the strongest level; bands and intervals are "
        "a bootstrap over instances. Dashed: the mean of the hard negatives, undamaged.</p>"
        "</section>"
    )


def _row_name(scorer: str, found: BreakingStrengths) -> str:
    return scorer if found.direction == "any" else f"{scorer}, {found.direction}"


def _cells(response: SetResponse, found: BreakingStrengths) -> Markup:
    spec = response.spec
    mean = MISSING
    if found.mean is not None:
        mean = strength_text(spec, found.mean.mean) if found.n_crossed else "never"
        ends = found.mean.interval
        if ends is not None and found.n_crossed:
            mean += f" [{strength_text(spec, ends.low)}, {strength_text(spec, ends.high)}]"
    median = "never" if found.median_never else MISSING
    if found.median is not None:
        median = strength_text(spec, found.median)
    counts = (
        found.n_crossed,
        found.n_never,
        found.n_below_at_neutral,
        found.n_no_line,
        found.n_not_scored,
    )
    return Markup("".join(f"<td>{esc(str(cell))}</td>" for cell in (mean, median, *counts)))


def render_report(figure: Markup, receipt_id: str, files: Sequence[str]) -> Markup:
    """Return the figure so far and, once the report is written, its files as downloads.

    Args:
        figure: An SVG, made by the bench.
        receipt_id: Of the report.
        files: Names of its files; none while it is made.
    """
    links = " ".join(
        f'<a class="sl-button" href="robustness/{esc(receipt_id)}/{esc(name)}" download>'
        f"{esc(name)}</a>"
        for name in files
    )
    return Markup(
        '<section aria-label="Robustness report">'
        f'<p class="sl-pt-files">{links}</p><div class="sl-pt-figure" tabindex="0">{figure}</div>'
        "</section>"
    )
