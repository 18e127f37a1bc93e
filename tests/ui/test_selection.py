"""The selection and its address."""

import json
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types.annotation import QueueSpec
from core.types.corpus import Box
from core.types.failures import GROUP_BOUNDS, QuerySlice
from core.types.maps import PROJECTIONS
from core.types.rankings import FAILURE_CLASSES
from core.types.robustness import PERTURBATION_NAMES, Damage
from ui.address_values import MAX_PARTS
from ui.selection import (
    FIELDS,
    GAMMA_RANGE,
    MAX_BUDGET,
    MAX_SEED,
    PAIRS,
    PERTURBATIONS,
    SIDES,
    SORTS,
    VIEWS,
    Limits,
    ViewState,
    parse_address,
)

IDS = ("images/a b.jpg", "upload:0f&=%", "söder/<ö>.jpg")
QUEUES = (QueueSpec("hard"), QueueSpec("class", "missed"), QueueSpec("slice", "a:b=<c>&d"),
          QueueSpec("set", "map:0123456789ab"), QueueSpec("disagreement", "scorer vs import:x"),
          QueueSpec("duplicates"))  # fmt: skip
LIMITS = Limits(lambda image_id: image_id in IDS, 100, ViewState(depth=50))
ODD_DEFAULT = Limits(
    lambda image_id: image_id in IDS, 100, ViewState(depth=500, lam=0.12345, gamma=2.0), min_depth=5
)
"""A default that is itself out of range, and not rounded."""
GOLDEN = json.loads(Path(__file__).with_name("golden_addresses.json").read_text("utf-8"))
"""Made by the reader and writer that had a line per field, commit 52400ca, under `ODD_DEFAULT`."""


def names(state: object, usual: object) -> str:
    """What differs from the usual selection."""
    found = []
    for field in fields(state):
        value, default = getattr(state, field.name), getattr(usual, field.name)
        if isinstance(value, Damage):
            found += [f"damage.{name}" for name in names(value, default).split("; ") if name]
        elif value != default:
            found.append(f"{field.name}={value!r}")
    return "; ".join(found)


def boxes() -> st.SearchStrategy[Box]:
    sides = st.tuples(st.integers(0, 999), st.integers(1, 999)).map(lambda p: (p[0], sum(p)))
    return st.tuples(sides, sides).map(lambda s: Box(s[0][0], s[1][0], s[0][1], s[1][1]))


def damages() -> st.SearchStrategy[Damage]:
    return st.builds(
        Damage,
        side=st.sampled_from(SIDES),
        pair=st.sampled_from(PAIRS),
        box=st.none() | boxes(),
        seed=st.integers(0, MAX_SEED),
        n_ranked=st.just(Damage().n_ranked),
        full_depth=st.booleans(),
        retrieve_again=st.booleans(),
    )


def states() -> st.SearchStrategy[ViewState]:
    thousandths = st.integers(0, 1000).map(lambda n: n / 1000)
    low, high = GAMMA_RANGE
    words = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20)
    runs = st.none() | st.from_regex(r"[0-9A-Za-z-]{1,80}", fullmatch=True)
    chosen = st.sampled_from([(None, 0), ("spread", 0), ("hardest", 20), ("spread", MAX_PARTS)])
    return st.builds(
        lambda chosen, **others: ViewState(set_of=chosen[0], count=chosen[1], **others),
        chosen=chosen,
        view=st.sampled_from(VIEWS),
        query=st.none() | st.sampled_from(IDS),
        depth=st.integers(1, 100),
        lam=thousandths,
        gamma=st.integers(int(low * 1000), int(high * 1000)).map(lambda n: n / 1000),
        sort=st.sampled_from(SORTS),
        descending=st.booleans(),
        failure_class=st.none() | st.sampled_from(FAILURE_CLASSES),
        queue=st.none() | st.sampled_from(QUEUES),
        budget=st.none() | st.integers(1, MAX_BUDGET),
        third=st.none() | st.sampled_from(("descriptor", "0123456789abcdef")),
        score_a=st.none() | st.just("0123456789abcdef"),
        score_b=st.none() | st.just("descriptor"),
        projection=st.sampled_from(PROJECTIONS),
        colour=st.sampled_from(["", "class", "column:ä=<b>&"]),
        text=words,
        perturbation=st.sampled_from(PERTURBATIONS),
        damage=damages(),
        candidate=st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
        strength=st.none() | st.integers(-1_000_000, 1_000_000).map(lambda n: n / 1000),
        detail=st.booleans(),
        recipe=st.none() | words.filter(bool),
        part=st.integers(0, MAX_PARTS),
        run=runs,
        against=runs,
        slice=st.none() | st.just(QuerySlice("tag", "ä:b=<c>&d")),
        bounds=st.sampled_from(GROUP_BOUNDS),
        within=words,
        scorers=st.lists(st.sampled_from(["maxsim", "mllm/fp16", "a&=%"]), unique=True).map(tuple),
        second=st.none() | st.sampled_from(PERTURBATION_NAMES),
    )


@given(states())
def test_a_state_survives_its_address(state: ViewState):
    assert parse_address(state.to_address(), LIMITS) == state


@given(st.text(max_size=200))
def test_any_text_names_a_state_that_survives_its_address(text: str):
    state = parse_address(text, LIMITS)
    assert parse_address(state.to_address(), LIMITS) == state


@pytest.mark.parametrize("case", GOLDEN, ids=range(len(GOLDEN)))
def test_an_address_is_read_and_written_as_ever(case: dict[str, str]):
    state = parse_address(case["address"], ODD_DEFAULT)
    assert names(state, ViewState()) == case["names"]
    assert state.to_address() == case["written"]


def test_every_attribute_has_one_field_of_the_address():
    of_state = {field.name for field in fields(ViewState)} - {"damage", "visitor"}
    of_damage = {f"damage.{field.name}" for field in fields(Damage)} - {"damage.n_ranked"}
    attributes = [name for field in FIELDS for name in field.attribute.split()]
    assert sorted(attributes) == sorted(of_state | of_damage)
    assert len({field.name for field in FIELDS}) == len(FIELDS)


def test_what_follows_4096_characters_is_dropped():
    assert parse_address("x" * 4090 + "&depth=9&depth=8", LIMITS) == ViewState(depth=50)
    assert parse_address("x" * 4088 + "&depth=9&depth=8", LIMITS) == ViewState(depth=9)


def test_an_empty_address_is_the_default():
    assert parse_address("", LIMITS) == ViewState(depth=50)


def test_unknown_names_fall_back_to_the_default():
    address = "view=admin&query=../../etc/passwd&sort=size&order=x&class=best&other=1"
    assert parse_address(address, LIMITS) == ViewState(depth=50)


def test_numbers_are_clamped():
    state = parse_address("depth=999999999&lam=-3&gamma=1e9", LIMITS)
    assert (state.depth, state.lam, state.gamma) == (100, 0.0, GAMMA_RANGE[1])


def test_numbers_that_are_none_are_the_default():
    state = parse_address("depth=nan&lam=inf&gamma=2,5", LIMITS)
    assert (state.depth, state.lam, state.gamma) == (50, 0.0, 1.0)


def test_an_address_is_never_empty():
    assert ViewState().to_address() != ""


def test_a_long_text_is_cut():
    assert len(parse_address("text=" + "x" * 5000, LIMITS).text) == 120
    assert len(parse_address("recipe=" + "x" * 121, LIMITS).recipe) == 120
    for name in ("candidate", "within", "colour"):
        assert len(getattr(parse_address(f"{name}=" + "x" * 1001, LIMITS), name)) == 1000


def test_a_queue_is_a_known_kind_with_a_name_where_it_needs_one():
    for text in ("best", "class", "class:", "hard:x", "slice", "query:", ":hard", "__proto__"):
        assert parse_address(f"queue={text}", LIMITS).queue is None


def test_a_scorer_is_the_descriptor_or_16_hex_digits():
    for text in ("best", "0" * 15, "0" * 17, "G" * 16, "DESCRIPTOR", "<script>", "../x"):
        assert parse_address(f"third={text}&a={text}&b={text}", LIMITS) == ViewState(depth=50)
