"""The Perturb view of a set of queries: choosers, cost, breaking strengths, the report."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from markupsafe import Markup

from core.types.number_text import MISSING
from core.types.sets import BreakingStrengths, RobustnessReport, SetCost, SetResponse
from ui.perturb_requests import patch_text
from ui.render.parts import action, download, join, note, options, pressed, span, table, tag
from ui.render.perturb_choosers import (
    chosen_field,
    damage_fields,
    number_field,
    perturbation_field,
    scorers_field,
    seed_field,
)
from ui.render.perturb_text import strength_text
from ui.selection import MAX_PARTS, ViewState
from ui.set_requests import DEFAULT_COUNT, set_state, shown_name
from ui.shared.text import clock_text, seconds_text

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
    buttons = (
        pressed(text, on=on, data_pt_set=patch)
        for patch, text, on in ((one, "One pair", not of_set), (many, "A set of queries", of_set))
    )
    group = span("sl-pt-choices", *buttons, role="group", aria_label="What is swept")
    return tag("div", group, class_="sl-pt-modes")


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
    does = {"data_pts_count": True, "data_pts_of": state.set_of or "spread"}
    number = number_field("How many", 1, MAX_PARTS, count, **does)
    parts = [
        chosen_field("Queries", "set", chosen, sets),
        number if state.count else "",
        _slice_field(state, slices),
        perturbation_field(shown_name(state)),
        *damage_fields(state, _PAIRS, _SIDES),
        scorers_field(state, offered),
        seed_field(state),
    ]
    label = "The set and what is damaged"
    return tag("section", *parts, class_="sl-pt-controls", aria_label=label)


def _slice_field(state: ViewState, slices: Mapping[str, Sequence[str]]) -> Markup:
    names = [f"{name}={value}" for name, values in slices.items() for value in values]
    if state.within and state.within not in names:
        names.insert(0, state.within)
    if not names:
        return Markup()
    named = options([("", "every query"), *((name, name) for name in names)], state.within or None)
    return Markup(
        '<label class="sl-pt-field"><span>Only the slice</span><select data-pts-within '
        f'aria-label="Slice">{named}</select></label>'
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
    line = tag("div", span("sl-muted", cost), action(button), class_="sl-progress-line")
    return tag("div", line, class_="sl-progress", data_action_state="resume")


def render_set_done(report: RobustnessReport) -> Markup:
    """Return one quiet line: how many queries, and what was left out."""
    left = f"; {len(report.left_out)} left out" if report.left_out else ""
    reasons = [tag("li", f"{query_id}: {why}") for query_id, why in report.left_out[:20]]
    n = f"{len(report.instances)} queries of {len(set(report.instances.values()))} instances"
    text = f"{n} measured{left}. Stored scores are not computed again."
    told = note(text, kind="sl-pt-done", role="status")
    if not reasons:
        return told
    return told + tag("details", tag("summary", "why"), tag("ul", *reasons))


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
    rows = [
        (_row_name(one.scorer, found), *_cells(response, found))
        for one in response.responses
        for found in one.breaking
    ]
    return Markup(
        f'<section aria-label="Breaking strengths">'
        f"{table(heads, rows, 'sl-pt-table', 'sl-pt-scroll')}"
        f'<p class="sl-sub">n = {n} queries so far. The mean is over the pairs that start above '
        "their line, one that never breaks counted at the strongest level; bands and intervals are "
        "a bootstrap over instances. Dashed: the mean of the hard negatives, undamaged.</p>"
        "</section>"
    )


def _row_name(scorer: str, found: BreakingStrengths) -> str:
    return scorer if found.direction == "any" else f"{scorer}, {found.direction}"


def _cells(response: SetResponse, found: BreakingStrengths) -> tuple[object, ...]:
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
    broke = (found.n_crossed, found.n_never, found.n_below_at_neutral)
    return mean, median, *broke, found.n_no_line, found.n_not_scored


def render_report(figure: Markup, receipt_id: str, files: Sequence[str]) -> Markup:
    """Return the figure so far and, once the report is written, its files as downloads.

    Args:
        figure: An SVG, made by the bench.
        receipt_id: Of the report.
        files: Names of its files; none while it is made.
    """
    links = (download(name, f"robustness/{receipt_id}/{name}") for name in files)
    listed = note(join(links, " "), kind="sl-pt-files")
    drawing = tag("div", figure, class_="sl-pt-figure", tabindex=0)
    return tag("section", listed, drawing, aria_label="Robustness report")
