"""Numbers in tables, also with a decimal comma where that is the only reading."""

import math
import re

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
# 1,500 is fifteen hundred to some and one and a half to others.
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2},[0-9]{3}")
_LONGEST = 400


def read_number(text: str) -> float | None:
    """Return a finite number, or None for what is none or has two readings."""
    text = text.strip()
    if len(text) > _LONGEST or not _NUMBER.fullmatch(text) or _THOUSANDS.fullmatch(text):
        return None
    value = float(text.replace(",", "."))
    return value if math.isfinite(value) else None
