"""What a user has selected: one table of fields, read from and written to the page's address."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode

from core.types.annotation import QueueSpec
from core.types.confidence import FIRST_OF, FirstOf
from core.types.failures import GROUP_BOUNDS, GroupBounds, QuerySlice
from core.types.maps import PROJECTIONS, Projection
from core.types.orders import Fusion
from core.types.rankings import FAILURE_CLASSES, FailureClass
from core.types.robustness import (
    PERTURBATION_NAMES,
    USUAL_DAMAGE,
    Damage,
    PairKind,
    PerturbationName,
    Side,
)
from core.types.scorers import DESCRIPTOR_ID
from core.types.sets import QueryChoice
from core.types.visitors import SCRIPT, Visitor
from ui.address_values import (
    MAX_ID,
    MAX_PARTS,
    Read,
    box_of,
    box_text,
    choice,
    clamped,
    cut,
    matching,
    number,
    number_text,
    parse_slice,
    parsed,
    pipeline_of,
    queue_of,
    queue_text,
    scorers_of,
    set_of,
    set_text,
    slice_text,
    trimmed,
    whole,
)
from ui.screen_names import SCREEN_NAMES

Sort = Literal["name", "before", "after", "delta", "class"]
Shown = PerturbationName | Literal["all"]

VIEWS: tuple[str, ...] = SCREEN_NAMES
SIDES: tuple[Side, ...] = get_args(Side)
PAIRS: tuple[PairKind, ...] = get_args(PairKind)
PERTURBATIONS: tuple[Shown, ...] = (*PERTURBATION_NAMES, "all")
SORTS: tuple[Sort, ...] = get_args(Sort)
MAX_ADDRESS = 4096
MAX_SEED = 999_999
MAX_BUDGET = 10**12
GAMMA_RANGE = (0.05, 5.0)


@dataclass(frozen=True, slots=True)
class ViewState:
    """The whole selection; two equal states show the same screen.

    `text` narrows the query list to ids and instances that contain it, `failure_class` to one
    class, `slice` to a set of queries; `descending` turns the list's order round. `third` is the
    scorer of a third strip, `unfolded` shows a strip per stage; the Overview compares `score_a` and
    `score_b`, None = the descriptor and the bench's own, and its trade-offs may take `budget` bytes
    per image, None = any.

    `query` and `candidate` (None = the view chooses) are the pair of three views, `queue` is what
    the Annotate view walks through. `strength` is the level looked at (None = the view chooses),
    `detail` shows its own shortlist, `second` makes a surface. `recipe` is a saved recipe that is
    replayed, `part` the number of its only sweep shown, 0 = all. `set_of` says how `count` queries
    (0 = all) are chosen instead of one, `within` a slice `attribute=value`. No `run` = the newest.
    `pipeline` is what Setup plans, empty = that of the screens.
    Ids and names are looked up where they are used. Neither `damage.n_ranked` nor `visitor`, whose
    uploads are shown, stands in an address.
    """

    view: str = VIEWS[0]
    query: str | None = None
    depth: int = 100
    lam: float = 0.0
    gamma: float = 1.0
    sort: Sort = "delta"
    descending: bool = False
    failure_class: FailureClass | None = None
    text: str = ""
    perturbation: Shown = "blur"
    damage: Damage = USUAL_DAMAGE
    candidate: str | None = None
    strength: float | None = None
    detail: bool = False
    recipe: str | None = None
    part: int = 0
    queue: QueueSpec | None = None
    budget: int | None = None
    run: str | None = None
    against: str | None = None
    third: str | None = None
    unfolded: bool = False
    score_a: str | None = None
    score_b: str | None = None
    slice: QuerySlice | None = None
    bounds: GroupBounds = "corpus"
    first_of: FirstOf = "after"
    projection: Projection = "pca"
    colour: str = ""
    set_of: QueryChoice | None = None
    count: int = 0
    within: str = ""
    scorers: tuple[str, ...] = ()
    second: PerturbationName | None = None
    pipeline: str = ""
    visitor: Visitor = SCRIPT

    @property
    def fusion(self) -> Fusion:
        """The ranking's depth, lam and gamma."""
        return Fusion(self.depth, self.lam, self.gamma)

    def to_address(self) -> str:
        """Return the state as the query part of an address, without the question mark."""
        return urlencode(self.to_address_fields())

    def to_address_fields(self) -> dict[str, str]:
        """Return the address's fields in order; those that are empty are left out."""
        return {field.name: text for field in FIELDS if (text := field.text(self))}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a state may name, images by `is_query`: what is outside falls back to `default`."""

    is_query: Callable[[str], bool]
    max_depth: int
    default: ViewState
    min_depth: int = 1


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the address.

    `attribute` is the state's, `damage.NAME` its damage's; two words are read and written as one.
    `read` makes a value of a text ("" = none), the default and the limits, `write` a text of a
    value; the usual value's is left out of an address, unless it `is_always` there.

    `of` names groups of fields that are asked for together: `filter` narrows the query list,
    `cards` are a query's, `curves`, `set` and `level` are the Perturb view's.
    `voids` names what a change of the field clears: of a query everywhere, else in that view.
    """

    name: str
    attribute: str
    read: Read
    of: str
    write: Callable[[Any], str] = str
    voids: str = ""
    is_always: bool = False

    def value(self, state: ViewState) -> object:
        """Return the attribute's value; a tuple where there are two."""
        return attrgetter(*self.attribute.split())(state)

    def text(self, state: ViewState) -> str:
        """Return what the address says; empty where the field is left out."""
        value = self.value(state)
        return self.write(value) if self.is_always or value != self.value(USUAL) else ""


def parse_address(address: str, limits: Limits) -> ViewState:
    """Return the state that an address names; anything unknown or out of range is dropped.

    The address comes from the browser and is not trusted: names are looked up, numbers are
    clamped, and text is cut.
    """
    texts = dict(parse_qsl(address[:MAX_ADDRESS].removeprefix("?"), errors="replace"))
    values: dict[str, Any] = {}
    for field in FIELDS:
        value = field.read(texts.get(field.name, ""), field.value(limits.default), limits)
        names = field.attribute.split()
        values |= zip(names, value if len(names) > 1 else [value], strict=True)
    of_damage = [name for name in values if name.startswith("damage.")]
    damage = {name.removeprefix("damage."): values.pop(name) for name in of_damage}
    return ViewState(damage=Damage(**damage), **values)


def names_of(*groups: str) -> list[str]:
    """Return the names of the fields of some groups, in the address's order."""
    return [field.name for field in FIELDS if not set(groups).isdisjoint(field.of.split())]


def only(state: ViewState, *groups: str) -> dict[str, str]:
    """Return the address's fields with the usual values outside some groups."""
    kept = names_of(*groups)
    texts = ((field.name, field.text(state if field.name in kept else USUAL)) for field in FIELDS)
    return {name: text for name, text in texts if text}


def _depth(text: str, default: int, limits: Limits) -> int:
    return round(clamped(text, default, limits.min_depth, limits.max_depth))


def _query(text: str, default: str | None, limits: Limits) -> str | None:
    return text if text and limits.is_query(text) else default


USUAL = ViewState()
_CANDIDATE = parsed(lambda text: text[:MAX_ID] or None)
_BUDGET = parsed(lambda text: round(clamped(text, 0, 0, MAX_BUDGET)) or None)
_OF_QUERY = "box candidate detail recipe part"
_SHOWN = choice(PERTURBATIONS)
_DOWN = parsed(lambda text: text == "down")
_FLAG = parsed(lambda text: text == "1")
_FLAG_TEXT = {False: "", True: "1"}.__getitem__
_ORDER_TEXT = {False: "up", True: "down"}.__getitem__
_RUN = matching("[0-9A-Za-z-]{1,80}")
_SCORER = matching(f"{DESCRIPTOR_ID}|[0-9a-f]{{16}}")

FIELDS: tuple[Field, ...] = (
    Field("view", "view", choice(VIEWS), "view", is_always=True),
    Field("query", "query", _query, "cards pair map curves", voids=_OF_QUERY),
    Field("depth", "depth", _depth, "ranking cards queue", is_always=True),
    Field("lam", "lam", number(0.0, 1.0), "ranking cards queue", number_text, is_always=True),
    Field(
        "gamma", "gamma", number(*GAMMA_RANGE), "ranking cards queue", number_text, is_always=True
    ),
    Field("sort", "sort", choice(SORTS), "list", is_always=True),
    Field("order", "descending", _DOWN, "list", _ORDER_TEXT, is_always=True),
    Field("class", "failure_class", choice(FAILURE_CLASSES), "list filter"),
    Field("text", "text", parsed(trimmed), "list filter"),
    Field("pert", "perturbation", _SHOWN, "curves set", voids="strength detail recipe part"),
    Field("side", "damage.side", choice(SIDES), "curves set", voids="box recipe part"),
    Field("pair", "damage.pair", choice(PAIRS), "curves set", voids="box recipe part"),
    Field("candidate", "candidate", _CANDIDATE, "pair curves", voids="box recipe part"),
    Field("strength", "strength", number(-1000.0, 1000.0), "level", number_text),
    Field("detail", "detail", _FLAG, "level", _FLAG_TEXT),
    Field("seed", "damage.seed", whole(MAX_SEED), "curves set", voids="recipe part"),
    Field("box", "damage.box", parsed(box_of), "curves", box_text, voids="recipe part"),
    Field("recipe", "recipe", parsed(lambda text: trimmed(text) or None), "curves"),
    Field("part", "part", whole(MAX_PARTS), "curves"),
    Field("set", "set_of count", parsed(set_of), "set", set_text),
    Field("within", "within", parsed(cut), "set"),
    Field("scorers", "scorers", parsed(scorers_of), "curves set", ";".join),
    Field("full", "damage.full_depth", _FLAG, "curves set", _FLAG_TEXT, voids="recipe part"),
    Field("again", "damage.retrieve_again", _FLAG, "curves set", _FLAG_TEXT, voids="recipe part"),
    Field("with", "second", choice(PERTURBATION_NAMES), "curves", voids="recipe part"),
    Field("queue", "queue", parsed(queue_of), "queue", queue_text),
    Field("budget", "budget", _BUDGET, "budget"),
    Field("run", "run", _RUN, "run"),
    Field("against", "against", _RUN, "run"),
    Field("third", "third", _SCORER, "cards"),
    Field("stages", "unfolded", _FLAG, "cards", _FLAG_TEXT),
    Field("a", "score_a", _SCORER, "moves"),
    Field("b", "score_b", _SCORER, "moves"),
    Field("slice", "slice", parsed(parse_slice), "list filter map", slice_text),
    Field("bounds", "bounds", choice(GROUP_BOUNDS), "failures"),
    Field("first", "first_of", choice(FIRST_OF), "confidence"),
    Field("projection", "projection", choice(PROJECTIONS), "map"),
    Field("colour", "colour", parsed(cut), "map"),
    Field("pipeline", "pipeline", parsed(pipeline_of), "pipeline"),
)
"""The address in its order: whoever adds an option adds its attribute to `ViewState` and a row."""
