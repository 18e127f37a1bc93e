"""What a set of queries is called on screen."""

from core.types.evidence import term_word
from core.types.failures import QuerySlice

_QUARTERS = {
    "1": "1st quarter",
    "2": "2nd quarter",
    "3": "3rd quarter",
    "4": "4th quarter",
    "*": "any",
}


def slice_words(chosen: QuerySlice) -> str:
    """Return a slice in words: `coverage 1st quarter, clutter any`, `light = dim`."""
    if chosen.kind == "lost":
        return f"AP lost to {chosen.name}"
    if chosen.kind == "tag":
        return chosen.name.replace("=", " = ", 1)
    if chosen.kind == "change":
        name, _, group = chosen.name.partition("=")
        return f"a positive with {name} change: {group}"
    if chosen.kind == "map":
        return f"selection {chosen.name[:6]} on the descriptor map"
    if chosen.kind == "tipped":
        return f"an intruder put first by {term_word(chosen.name)}"
    bounds, _, cell = chosen.name.partition(":")
    row, _, column = cell.partition(",")
    source = " (ILIAS limits)" if bounds == "ilias" else ""
    return (
        f"a positive in coverage {_QUARTERS.get(row, row)}, clutter "
        f"{_QUARTERS.get(column, column)}{source}"
    )
