"""The grammar of compressions: `PART+PART,query:PART`, in one canonical spelling.

A part says what is done to the pixels, which tokens are kept, or how their vectors are coded; an
image has at most one of each. `res:336+divprune:64+pq:96` is for database images,
`,query:divprune:64` for queries, whose tokens are left alone where it is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.errors import SettingsError

Stage = Literal["pixels", "kept", "coded"]
NONE = "none"
_QUERY = "query:"


@dataclass(frozen=True, slots=True)
class Part:
    """One step such as `divprune:64`; `n` None = the step takes no number."""

    name: str
    n: int | None = None

    def __str__(self) -> str:
        """Return the part as it is written."""
        return self.name if self.n is None else f"{self.name}:{self.n}"


@dataclass(frozen=True, slots=True)
class Compression:
    """What becomes of an image: its pixels, its tokens, their vectors; None = as they are."""

    pixels: Part | None = None
    kept: Part | None = None
    coded: Part | None = None

    def __str__(self) -> str:
        """Return the canonical spelling."""
        parts = (self.pixels, self.kept, self.coded)
        return "+".join(str(part) for part in parts if part is not None) or NONE


@dataclass(frozen=True, slots=True)
class PairCompression:
    """What becomes of the candidate, which is stored, and of the query, which is not."""

    candidate: Compression = Compression()
    query: Compression = Compression()

    def __str__(self) -> str:
        """Return the canonical spelling."""
        end = "" if self.query == Compression() else f",{_QUERY}{self.query}"
        return f"{self.candidate}{end}"


@dataclass(frozen=True, slots=True)
class _Rule:
    stage: Stage
    number: str | None = None
    example: str = ""


_SIDE = "the side in pixels of a square of the largest area"
_COUNT = "a number of tokens"
_RULES: Mapping[str, _Rule] = {
    "res": _Rule("pixels", _SIDE, "res:336"),
    "jpeg": _Rule("pixels", _SIDE, "jpeg:224"),
    "divprune": _Rule("kept", _COUNT, "divprune:64"),
    "random": _Rule("kept", _COUNT, "random:64"),
    "grid": _Rule("kept", _COUNT, "grid:64"),
    "pool": _Rule("kept"),
    "fp16": _Rule("coded"),
    "int8": _Rule("coded"),
    "int4": _Rule("coded"),
    "pq": _Rule("coded", "the bytes of a vector's code", "pq:96"),
}
_OF_QUERIES = ("res", "divprune", "random", "grid", "pool")
_JOBS: Mapping[Stage, str] = {
    "pixels": "the pixels",
    "kept": "the tokens that are kept",
    "coded": "the code of the vectors",
}


def parse_compression(text: str) -> PairCompression:
    """Read a compression; spaces and the order of an image's parts do not matter.

    Raises:
        SettingsError: A part is unknown, lacks its number, or does not go with the others.
    """
    sides = [side.strip() for side in text.split(",")]
    query = sides.pop() if sides[-1].startswith(_QUERY) else ""
    if len(sides) > 1 or any(side.startswith(_QUERY) for side in sides):
        raise SettingsError(
            f"Compression '{text}' has too many commas; write DATABASE or DATABASE,query:QUERY."
        )
    candidate = _parse(sides[0]) if sides else Compression()
    return PairCompression(candidate, _parse_query(query) if query else Compression())


def _parse_query(text: str) -> Compression:
    found = _parse(text.removeprefix(_QUERY))
    for part in (found.pixels, found.kept, found.coded):
        if part is not None and part.name not in _OF_QUERIES:
            raise SettingsError(
                f"Compression part '{part}' makes stored images smaller and queries are not "
                f"stored; after query: use {_listed(_OF_QUERIES)}."
            )
    return found


def _parse(text: str) -> Compression:
    if text.strip() == NONE:
        return Compression()
    found: dict[Stage, Part] = {}
    for word in text.split("+"):
        part = _part(word.strip())
        stage = _RULES[part.name].stage
        if stage in found:
            raise SettingsError(
                f"Compression '{text}' chooses {_JOBS[stage]} twice ({found[stage]} and {part}); "
                "leave one of them out."
            )
        found[stage] = part
    made = Compression(found.get("pixels"), found.get("kept"), found.get("coded"))
    if made.pixels is not None and made.pixels.name == "jpeg" and made.coded is not None:
        raise SettingsError(
            f"Compression '{made}' stores pictures and no vectors; leave {made.coded} out."
        )
    return made


def _part(word: str) -> Part:
    name, colon, number = word.partition(":")
    rule = _RULES.get(name)
    if rule is None:
        raise SettingsError(
            f"Compression part '{word}' is not known; use {NONE}, or {_listed(tuple(_RULES))}, "
            "joined by +."
        )
    if rule.number is None:
        if colon:
            raise SettingsError(f"Compression part '{word}' takes no number; write {name}.")
        return Part(name)
    if not (number.isascii() and number.isdigit() and int(number[:9]) > 0 and len(number) < 7):
        raise SettingsError(
            f"Compression part '{word}' needs {rule.number}, from 1 to 999999; write it such as "
            f"{rule.example}."
        )
    return Part(name, int(number))


def _listed(names: tuple[str, ...]) -> str:
    shown = [_RULES[name].example or name for name in names]
    return f"{', '.join(shown[:-1])} or {shown[-1]}"
