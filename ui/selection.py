"""What a user has selected: ids and numbers only, frozen, to and from the page's address."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar
from urllib.parse import parse_qsl, urlencode

from core.types.annotation import QUEUE_KINDS, QueueKind, QueueSpec
from core.types.corpus import Box
from core.types.failures import GROUP_BOUNDS, QUERY_SLICE_KINDS, GroupBounds, QuerySlice
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

View = Literal["overview", "queries", "pair", "perturb", "failures", "annotate", "runs"]
Sort = Literal["name", "before", "after", "delta", "class"]

VIEWS: tuple[View, ...] = (
    "overview",
    "queries",
    "pair",
    "perturb",
    "failures",
    "annotate",
    "runs",
)
SIDES: tuple[Side, ...] = ("query", "candidate")
PAIRS: tuple[PairKind, ...] = ("self", "positive")
PERTURBATIONS: tuple["PerturbationName | Literal['all']", ...] = (*PERTURBATION_NAMES, "all")
SORTS: tuple[Sort, ...] = ("name", "before", "after", "delta", "class")
MAX_ADDRESS = 4096
MAX_TEXT = 120
MAX_ID = 1000
MAX_SEED = 999_999
MAX_PARTS = 10_000
MAX_BUDGET = 10**12
MAX_SCORERS = 6
SETS: tuple[QueryChoice, ...] = ("spread", "hardest")
GAMMA_RANGE = (0.05, 5.0)
_NAMED_QUEUES: tuple[QueueKind, ...] = ("class", "slice", "query", "set", "disagreement")

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ViewState:
    """The whole selection; two equal states show the same screen.

    `text` narrows the query list to ids and instances that contain it, `failure_class` to one
    class, `slice` to a set of queries; `descending` turns the list's order round. `depth`, `lam`
    and `gamma` are the ranking's.

    The rest is the Perturb view's, but for `candidate`, which the Pair view shares: `strength` is
    the level looked at (None = the view chooses), and `detail` says that its own shortlist is
    shown; `candidate` (None = the view chooses) and the box of `damage` are checked where they are
    used, and its `n_ranked` stands in no address; `recipe` names a saved recipe that is replayed
    instead, its sweep number `part` alone unless that is 0. `budget` is the Overview's: bytes per
    image that the trade-offs may take, None = any.

    `bounds` are the limits of the Failures view's coverage and clutter; `projection` and `colour`
    are its map's, and what `colour` names is looked up where it is used.

    `set_of` names how a set of queries is chosen instead of one (None = one), `count` how many of
    them (0 = all), `within` a slice `attribute=value`. `scorers` are shown beside the bench's own,
    `second` is the other perturbation of a surface (None = no surface).

    `queue` is what the Annotate view walks through; `query` and `candidate` are the pair shown.

    `third` is the scorer of the Queries view's third strip, None = no third strip; `score_a` and
    `score_b` are those that the Overview compares positive by positive, None = the descriptor and
    the bench's own. All three are looked up where they are used.

    `run` is the run that the Runs view shows (None = the newest), `against` the one it is compared
    with; both are looked up where they are used.
    """

    view: View = "overview"
    query: str | None = None
    depth: int = 100
    lam: float = 0.0
    gamma: float = 1.0
    sort: Sort = "delta"
    descending: bool = False
    failure_class: FailureClass | None = None
    text: str = ""
    perturbation: PerturbationName | Literal["all"] = "blur"
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
    score_a: str | None = None
    score_b: str | None = None
    slice: QuerySlice | None = None
    bounds: GroupBounds = "corpus"
    projection: Projection = "pca"
    colour: str = ""
    set_of: QueryChoice | None = None
    count: int = 0
    within: str = ""
    scorers: tuple[str, ...] = ()
    second: PerturbationName | None = None

    @property
    def fusion(self) -> Fusion:
        """The ranking's depth, lam and gamma."""
        return Fusion(self.depth, self.lam, self.gamma)

    def to_address(self) -> str:
        """Return the state as the query part of an address, without the question mark."""
        return urlencode(self.to_address_fields())

    def to_address_fields(self) -> dict[str, str]:
        """Return the address's fields in order; those that are empty are left out."""
        fields = {
            "view": self.view,
            "query": self.query or "",
            "depth": str(self.depth),
            "lam": number_text(self.lam),
            "gamma": number_text(self.gamma),
            "sort": self.sort,
            "order": "down" if self.descending else "up",
            "class": self.failure_class or "",
            "text": self.text,
            **self._perturb_fields(),
            "queue": "" if self.queue is None else queue_text(self.queue),
            "budget": "" if self.budget is None else str(self.budget),
            "run": self.run or "",
            "against": self.against or "",
            "third": self.third or "",
            "a": self.score_a or "",
            "b": self.score_b or "",
            "slice": "" if self.slice is None else slice_text(self.slice),
            "bounds": self.bounds if self.bounds != ViewState().bounds else "",
            "projection": self.projection if self.projection != ViewState().projection else "",
            "colour": self.colour,
        }
        return {key: value for key, value in fields.items() if value}

    def _perturb_fields(self) -> dict[str, str]:
        """Return the Perturb view's fields; those at their default are empty."""
        default = ViewState()
        damage, usual, box = self.damage, default.damage, self.damage.box
        return {
            "pert": self.perturbation if self.perturbation != default.perturbation else "",
            "side": damage.side if damage.side != usual.side else "",
            "pair": damage.pair if damage.pair != usual.pair else "",
            "candidate": self.candidate or "",
            "strength": "" if self.strength is None else number_text(self.strength),
            "detail": "1" if self.detail else "",
            "seed": str(damage.seed) if damage.seed else "",
            "box": "" if box is None else f"{box.x0},{box.y0},{box.x1},{box.y1}",
            "recipe": self.recipe or "",
            "part": str(self.part) if self.part else "",
            "set": "" if self.set_of is None else f"{self.set_of}:{self.count}",
            "within": self.within,
            "scorers": ";".join(self.scorers),
            "full": "1" if damage.full_depth else "",
            "again": "1" if damage.retrieve_again else "",
            "with": self.second or "",
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """What a state may name: everything outside falls back to `default`.

    `is_query` says whether an id is a query that exists.
    """

    is_query: Callable[[str], bool]
    max_depth: int
    default: ViewState
    min_depth: int = 1


def parse_address(address: str, limits: Limits) -> ViewState:
    """Return the state that an address names; anything unknown or out of range is dropped.

    The address comes from the browser and is not trusted: names are looked up, numbers are
    clamped, and text is cut.
    """
    pairs = parse_qsl(address[:MAX_ADDRESS].removeprefix("?"), errors="replace")
    fields: Mapping[str, str] = dict(pairs)
    default = limits.default
    view: View | None = _named(VIEWS, fields.get("view"))
    sort: Sort | None = _named(SORTS, fields.get("sort"))
    query = fields.get("query")
    return ViewState(
        view=view or default.view,
        query=query if query and limits.is_query(query) else None,
        depth=_whole(fields.get("depth"), default.depth, limits.min_depth, limits.max_depth),
        lam=_number(fields.get("lam"), default.lam, 0.0, 1.0),
        gamma=_number(fields.get("gamma"), default.gamma, *GAMMA_RANGE),
        sort=sort or default.sort,
        descending=fields.get("order", "up") == "down",
        failure_class=_named(FAILURE_CLASSES, fields.get("class")),
        text=_printable(fields.get("text", "")),
        perturbation=_named(PERTURBATIONS, fields.get("pert")) or default.perturbation,
        damage=_damage(fields, default.damage),
        candidate=fields.get("candidate", "")[:MAX_ID] or None,
        strength=_strength(fields.get("strength")),
        detail=fields.get("detail") == "1",
        recipe=_printable(fields.get("recipe", "")) or None,
        part=_whole(fields.get("part"), default.part, 0, MAX_PARTS),
        queue=_queue(fields.get("queue", "")),
        budget=_whole(fields.get("budget"), 0, 0, MAX_BUDGET) or None,
        run=_run_id(fields.get("run", "")),
        against=_run_id(fields.get("against", "")),
        third=_scorer_id(fields.get("third", "")),
        score_a=_scorer_id(fields.get("a", "")),
        score_b=_scorer_id(fields.get("b", "")),
        slice=parse_slice(fields.get("slice", "")),
        bounds=_named(GROUP_BOUNDS, fields.get("bounds")) or default.bounds,
        projection=_named(PROJECTIONS, fields.get("projection")) or default.projection,
        colour=_cut(fields.get("colour", "")),
        set_of=_named(SETS, fields.get("set", "").partition(":")[0]),
        count=_count(fields.get("set", "")),
        within=_cut(fields.get("within", "")),
        scorers=_scorers(fields.get("scorers", "")),
        second=_named(PERTURBATION_NAMES, fields.get("with")),
    )


def queue_text(queue: QueueSpec) -> str:
    """Return a queue as the address names it: `hard`, `class:missed`, `slice:light=dim`."""
    return f"{queue.kind}:{queue.name}" if queue.name else queue.kind


def slice_text(chosen: QuerySlice) -> str:
    """Return a set of queries as the address names it: `lost:fusion`, `tag:light=dim`."""
    return f"{chosen.kind}:{chosen.name}"


def number_text(value: float) -> str:
    """Return a number as short as it can be written with three decimals: 0.25, 1, 0."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _named(allowed: Sequence[_T], value: str | None) -> _T | None:
    return next((name for name in allowed if name == value), None)


def _whole(text: str | None, default: int, low: int, high: int) -> int:
    return round(_number(text, default, low, high))


def _number(text: str | None, default: float, low: float, high: float) -> float:
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    if not math.isfinite(value):
        return default
    return round(max(low, min(value, high)), 3) + 0.0


def _strength(text: str | None) -> float | None:
    value = _number(text, math.inf, -1000.0, 1000.0)
    return value if math.isfinite(value) else None


def _damage(fields: Mapping[str, str], default: Damage) -> Damage:
    return Damage(
        side=_named(SIDES, fields.get("side")) or default.side,
        pair=_named(PAIRS, fields.get("pair")) or default.pair,
        box=_box(fields.get("box", "")),
        seed=_whole(fields.get("seed"), default.seed, 0, MAX_SEED),
        full_depth=fields.get("full") == "1",
        retrieve_again=fields.get("again") == "1",
    )


def _box(text: str) -> Box | None:
    """Return the box that `x0,y0,x1,y1` names, or None where no box can look like that."""
    parts = text.split(",")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) <= 6 for part in parts):
        return None
    x0, y0, x1, y1 = (int(part) for part in parts)
    return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _queue(text: str) -> QueueSpec | None:
    """Return the queue that `text` names; its class, slice or query is looked up where used."""
    kind, _, name = text.partition(":")
    known = _named(QUEUE_KINDS, kind)
    if known is None:
        return None
    needs_name = known in _NAMED_QUEUES
    return QueueSpec(known, name[:MAX_ID]) if bool(name) == needs_name else None


def _count(text: str) -> int:
    """Return how many queries `hardest:20` takes; 0 = all, and where no set is named."""
    name, _, number = text.partition(":")
    known = _named(SETS, name) is not None
    return _whole(number, 0, 0, MAX_PARTS) if known else 0


def _scorers(text: str) -> tuple[str, ...]:
    """Return names joined by semicolons, each once; they are looked up where they are used."""
    names = dict.fromkeys(_printable(name) for name in text.split(";"))
    return tuple(name for name in names if name)[:MAX_SCORERS]


def _run_id(text: str) -> str | None:
    """Return an id that a run can have, or None."""
    return text if re.fullmatch(r"[0-9A-Za-z-]{1,80}", text) else None


def _scorer_id(text: str) -> str | None:
    """Return an id that a scorer can have, or None."""
    return text if text == DESCRIPTOR_ID or re.fullmatch(r"[0-9a-f]{16}", text) else None


def parse_slice(text: str) -> QuerySlice | None:
    """Return the set of queries that `text` names; its name is looked up where it is used."""
    kind, _, name = text.partition(":")
    known = _named(QUERY_SLICE_KINDS, kind)
    return QuerySlice(known, _cut(name)) if known is not None and name else None


def _cut(name: str) -> str:
    return "".join(char for char in name if char.isprintable())[:MAX_ID]


def _printable(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:MAX_TEXT].strip()
