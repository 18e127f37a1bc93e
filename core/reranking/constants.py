"""The constants behind a stage's name, such as `superglobal:50,2,0.5`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.errors import SettingsError

_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Constant:
    """One number of an option: its name, default and limits; an int's default is an int."""

    name: str
    default: float
    low: float
    high: float = _MOST

    def read(self, text: str) -> float | None:
        """Return the number that a text is, None where it cannot be used."""
        if isinstance(self.default, int):
            is_whole = text.isascii() and text.isdecimal() and len(text) < 9
            found = int(text) if is_whole else None
        else:
            found = _decimal(text)
        return found if found is not None and self.low <= found <= self.high else None


def _decimal(text: str) -> float | None:
    is_plain = text.isascii() and text.count(".") <= 1 and text.replace(".", "").isdecimal()
    found = float(text) if is_plain else math.nan
    return found if math.isfinite(found) else None


def read_constants(
    stage: str,
    option: str,
    constants: Sequence[Constant],
    holds: Callable[[Sequence[float]], bool] = lambda _: True,
) -> tuple[float, ...]:
    """Return the constants of a stage; those that the option leaves out at its end are default.

    Args:
        stage: Its name.
        option: Numbers between commas; empty = all default.
        constants: In the order in which they are written.
        holds: Whether the numbers go together.

    Raises:
        SettingsError: A number cannot be read or used, or there are too many.
    """
    texts = [text.strip() for text in option.split(",")] if option else []
    read = [one.read(text) for one, text in zip(constants, texts, strict=False)]
    found = [one for one in read if one is not None]
    found += [one.default for one in constants[len(texts) :]]
    if len(found) != max(len(constants), len(texts)) or not holds(found):
        form = ",".join(one.name for one in constants)
        limits = ", ".join(f"{one.name} from {one.low:g} to {one.high:g}" for one in constants)
        example = ",".join(f"{one.default:g}" for one in constants)
        raise SettingsError(
            f"Option '{option[:40]}' of {stage} cannot be used; write {form} with {limits}, such "
            f"as {stage}:{example}."
        )
    return tuple(found)


def written(constants: Sequence[Constant], values: Sequence[float]) -> str:
    """Return the constants in words for receipts: `K 2, alpha 3`."""
    return ", ".join(f"{one.name} {v:g}" for one, v in zip(constants, values, strict=True))
