"""The selection and its address."""

from hypothesis import given
from hypothesis import strategies as st

from core.types.annotation import QueueSpec
from core.types.maps import PROJECTIONS
from core.types.rankings import FAILURE_CLASSES
from ui.state import GAMMA_RANGE, MAX_BUDGET, SORTS, VIEWS, Limits, ViewState, parse_address

IDS = ("images/a b.jpg", "upload:0f&=%", "söder/<ö>.jpg")
QUEUES = (QueueSpec("hard"), QueueSpec("class", "missed"), QueueSpec("slice", "a:b=<c>&d"),
          QueueSpec("set", "map:0123456789ab"), QueueSpec("disagreement", "scorer vs import:x"),
          QueueSpec("duplicates"))  # fmt: skip
LIMITS = Limits(lambda image_id: image_id in IDS, 100, ViewState(depth=50))


def states() -> st.SearchStrategy[ViewState]:
    thousandths = st.integers(0, 1000).map(lambda n: n / 1000)
    low, high = GAMMA_RANGE
    return st.builds(
        ViewState,
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
        text=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20),
    )


@given(states())
def test_a_state_survives_its_address(state: ViewState):
    assert parse_address(state.to_address(), LIMITS) == state


@given(st.text(max_size=200))
def test_any_text_names_a_state_that_survives_its_address(text: str):
    state = parse_address(text, LIMITS)
    assert parse_address(state.to_address(), LIMITS) == state


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


def test_a_queue_is_a_known_kind_with_a_name_where_it_needs_one():
    for text in ("best", "class", "class:", "hard:x", "slice", "query:", ":hard", "__proto__"):
        assert parse_address(f"queue={text}", LIMITS).queue is None


def test_a_scorer_is_the_descriptor_or_16_hex_digits():
    for text in ("best", "0" * 15, "0" * 17, "G" * 16, "DESCRIPTOR", "<script>", "../x"):
        assert parse_address(f"third={text}&a={text}&b={text}", LIMITS) == ViewState(depth=50)
