"""Numbers and sentences of the Pair screen."""

import json
import math

import numpy as np

from core.types.composed import TextWords, WordMargin
from core.types.corpus import Box
from core.types.number_text import MISSING, ap_text, signed
from core.types.pairs import (
    Anatomy,
    Answer,
    Attribution,
    Flips,
    KeptTokens,
    Matches,
    PairAttribution,
    PairPlace,
    SimilarityMaps,
    Trial,
)
from ui.screens.pair.matches import MOST_LINES
from ui.shared.text import scored_in, seconds_text

OWN = "this bench's own"
_ROWS = (
    ("logit of yes", "nats"),
    ("logit of no", "nats"),
    ("margin", "nats"),
    ("P(yes)", ""),
    ("answer mass", ""),
)


def standing(place: PairPlace) -> str:
    """Return where the pair stands in its query's ranking, and with which score."""
    if place.rank_before is None or place.cosine is None:
        return f"not in the query's shortlist of {place.n_shortlist:,}"
    after = f"rank {place.rank_before} → {place.rank_after} of {place.n_shortlist:,}"
    words = f"{after} · cosine {place.cosine:.3f}"
    if place.margin is None:
        beyond = place.rank_before > place.depth
        return f"{words} · {'beyond the depth' if beyond else 'not scored yet'}"
    ties = len(place.ties)
    tied = (
        f"tied with {ties} by {place.kind.name}: the shortlist's order decides"
        if ties
        else "no tie"
    )
    return f"{words} · {place.kind.name} {scored_in(place.margin, place.kind)} · {tied}"


def terms_about(place: PairPlace) -> str:
    """Return the probability that joined evidence comes to, and how the bars are read."""
    chance = MISSING if place.probability is None else probability_text(place.probability)
    return (
        f"{place.kind.probability}: {chance}. Each bar begins where the one above it ends; to the "
        "right speaks for a match, to the left against one."
    )


# ---- the answer ------------------------------------------------------------------------------


def probability(margin: float) -> float:
    """Return the sigmoid of a margin in nats."""
    if margin >= 0:
        return 1.0 / (1.0 + math.exp(-margin))
    return math.exp(margin) / (1.0 + math.exp(margin))


def probability_text(value: float) -> str:
    """Return a probability with four decimals, or what it is nearer to than they can say."""
    if 0.0 < value < 0.00005:
        return f"{value:.1e}"
    return "> 0.9999" if 0.99995 <= value < 1.0 else f"{value:.4f}"


def answer_rows(anatomy: Anatomy) -> list[tuple[str, str, str, str]]:
    """Return the answers' numbers line by line: name, as asked, swapped, unit."""
    both = (_values(anatomy.asked), _values(anatomy.swapped))
    return [
        (label, asked, swapped, unit)
        for (label, unit), asked, swapped in zip(_ROWS, *both, strict=True)
    ]


def _values(answer: Answer) -> tuple[str, ...]:
    return (
        signed(answer.logit_yes, 3),
        signed(answer.logit_no, 3),
        signed(answer.margin, 3),
        probability_text(probability(answer.margin)),
        probability_text(answer.answer_mass),
    )


def anatomy_cost(anatomy: Anatomy) -> str:
    """Return how much was read, and how long one order took."""
    number, unit = seconds_text(anatomy.asked.seconds)
    tokens = f"{anatomy.n_query_tokens} + {anatomy.n_candidate_tokens} visual tokens"
    return f"{tokens}, {number} {unit} per order"


def remarks(anatomy: Anatomy, place: PairPlace) -> list[str]:
    """Return what stands out in the answers to a pair."""
    asked, swapped = anatomy.asked.margin, anatomy.swapped.margin
    gap = signed(swapped - asked, 2)
    found = [
        f"Swapping the two pictures changes the answer ({gap} nats): the order decides."
        if (asked > 0) != (swapped > 0)
        else f"Swapping the two pictures moves the margin by {gap} nats; the answer stays."
    ]
    if place.ties:
        found.append(
            f"{len(place.ties)} more of this query's candidates have this margin to the last bit."
        )
    if anatomy.asked.answer_mass < 0.5:
        found.append(
            "Less than half of the probability is on yes or no: the margin means little here."
        )
    return found


def visible(text: str) -> str:
    """Return a token's text with its white space shown."""
    return text.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥") or "∅"


# ---- attribution --------------------------------------------------------------------------------


def full_colour(found: PairAttribution) -> float:
    """Return the largest absolute nats of both maps, the end of their shared scale."""
    known = [one.nats[np.isfinite(one.nats)] for one in (found.query, found.candidate)]
    return max([float(np.abs(one).max()) for one in known if one.size], default=0.0)


def field_text(attribution: Attribution, scale: float) -> str:
    """Return a map as the page's script draws it (`assets/js/field.js`): cells in nats as JSON."""
    nats = [
        [round(float(one), 5) if np.isfinite(one) else None for one in row]
        for row in attribution.nats
    ]
    rows, columns = (
        [round(float(edge), 5) for edge in edges]
        for edges in (attribution.row_edges, attribution.column_edges)
    )
    field = {
        "nats": nats,
        "rows": rows,
        "columns": columns,
        "scale": round(scale, 5),
        "noise": round(attribution.noise, 5),
    }
    return json.dumps(field)


def attribution_about(found: PairAttribution) -> str:
    """Return what the maps say and what they cost, in two sentences."""
    number, unit = seconds_text(found.seconds)
    return (
        f"At the middle of each cell: what the margin of {signed(found.margin, 2)} nats loses when "
        "the stored tokens of that region are left out; between the middles the colours are "
        f"blended. {found.n_suffixes} prompts, no vision pass, {number} {unit}."
    )


def attribution_sums(attribution: Attribution) -> str:
    """Return the sums of one map, and where it speaks most for yes."""
    known = attribution.nats[np.isfinite(attribution.nats)]
    gains, losses = float(known[known > 0].sum()), float(known[known < 0].sum())
    clear = signed(float(attribution.for_yes.sum()), 2)
    rows, columns = attribution.nats.shape
    return (
        f"{rows} × {columns} cells, for yes {signed(gains, 2)} nats, of them "
        f"{clear} above the noise of {attribution.noise:.3f}, "
        f"against {signed(losses, 2)}{_strongest(attribution)}"
    )


def offer(seconds: float) -> str:
    """Return how long the attribution takes, where it waits until somebody asks for it."""
    number, unit = seconds_text(seconds)
    return f"The attribution takes up to {number} {unit} with this model."


def _strongest(attribution: Attribution) -> str:
    """Return where the cell lies that speaks most for yes, or nothing where none does."""
    nats = np.nan_to_num(attribution.nats, nan=0.0)
    row, column = (int(i) for i in np.unravel_index(int(nats.argmax()), nats.shape))
    if nats[row, column] <= 0:
        return ""
    across = attribution.column_edges[column : column + 2].mean()
    down = attribution.row_edges[row : row + 2].mean()
    return (
        f"; most for yes: {signed(float(nats[row, column]), 2)} nats at "
        f"{across:.0%} across, {down:.0%} down"
    )


# ---- crops, matches, compressions, wordings ----------------------------------------------------


def box_text(box: Box | None) -> str:
    """Return the corners of a crop; `whole` for the picture that it began with."""
    return "whole" if box is None else f"{box.x0}, {box.y0}, {box.x1}, {box.y1}"


def matches_count(found: Matches) -> str:
    """Return how many matches agree, and how many are drawn where those are fewer."""
    n = len(found.query_xy)
    return f"n = {n}" + (f", {MOST_LINES} drawn" if n > MOST_LINES else "")


def matches_about(found: Matches) -> str:
    """Return how matches were found, or which picture has nothing to match."""
    if not found.n_query or not found.n_candidate:
        which = "query" if not found.n_query else "candidate"
        return f"No local features in the {which}: there is nothing to compare."
    return (
        f"RootSIFT, ratio test 0.75, one homography by MAGSAC++: {len(found.query_xy)} of "
        f"{found.n_tentative} tentative matches agree ({found.n_query:,} and "
        f"{found.n_candidate:,} features)."
    )


def dropped(tokens: KeptTokens) -> list[tuple[int, int]]:
    """Return (column, row) of the tokens that a compression leaves out."""
    rows, columns = np.nonzero(~tokens.kept)
    return list(zip(columns.tolist(), rows.tolist(), strict=True))


def drift(margin: float | None, whole: float | None) -> str:
    """Return how far the margin moved from the uncompressed one; empty where one is unknown."""
    return "" if margin is None or whole is None else signed(margin - whole, 3)


def change_text(trial: Trial, own: Trial | None, *, is_own: bool) -> str:
    """Return how far a wording moved the margin, and whether its sign changed."""
    if is_own or own is None or own.answer is None or trial.answer is None:
        return MISSING
    flips = (own.answer.margin > 0) != (trial.answer.margin > 0)
    moved = signed(trial.answer.margin - own.answer.margin, 2)
    return moved + (" flips" if flips else "")


def flip_rate(flips: Flips) -> str:
    """Return the share of pairs whose margin changed its sign; a dash before the first."""
    return MISSING if flips.rate is None else f"{100 * flips.rate:.0f} %"


def flip_counts(flips: Flips) -> str:
    """Return of how many pairs, and which way they flipped."""
    partial = "" if flips.n == flips.total else f" of {flips.total:,}"
    return f"of n = {flips.n:,}{partial}, {flips.to_yes} to yes, {flips.to_no} to no"


def flip_aps(flips: Flips) -> str:
    """Return the query's AP under the bench's own wording and under this one."""
    return f"{ap_text(flips.ap_own)} → {ap_text(flips.ap_tried)}"


def similarity_about(found: SimilarityMaps) -> str:
    """Return what the first stage's maps are."""
    text = (
        f"Each map sums to the cosine {found.cosine:+.3f}, exactly: the descriptor is the mean of "
        "the tokens. Green adds to it, red with dashes takes from it, on one scale; no model is "
        "asked."
    )
    rest = max(abs(found.query_rest), abs(found.candidate_rest))
    return f"{text} Tokens that end an image add up to {rest:.3f} more." if rest >= 0.0005 else text


# ---- the words of a composed query -------------------------------------------------------------


def word_adds(found: TextWords, one: WordMargin) -> float:
    """Return what a word adds to the margin, in nats."""
    return found.margin - one.margin


def word_side(found: TextWords, one: WordMargin) -> str:
    """Return which answer a word speaks for: `for`, `against` or `none`."""
    adds = word_adds(found, one)
    return "for" if adds > 0 else "against" if adds < 0 else "none"


def word_share(found: TextWords, one: WordMargin) -> int:
    """Return how strongly a word is coloured, in per cent of the strongest one."""
    strongest = max((abs(word_adds(found, other)) for other in found.words), default=0.0)
    return round(100 * abs(word_adds(found, one)) / strongest) if strongest else 0


def word_rows(found: TextWords) -> list[tuple[str, ...]]:
    """Return a row per word, then one for the whole text, which leaves the image alone."""
    rows = [(one.word, signed(one.margin), signed(word_adds(found, one))) for one in found.words]
    whole = found.margin - found.without_text
    return [*rows, ("the whole text", signed(found.without_text), signed(whole))]
