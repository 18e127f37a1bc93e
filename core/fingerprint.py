"""Layered content hashes: what makes a descriptor, a token or a score another one.

image bytes -> (weights, tower dtype, processor backend, pixel bounds) -> descriptors and tokens
-> compression -> (prompt, layout, attention kernel, dtype) -> scores. A changed layer addresses
other rows of the stores; nothing stored is altered.
"""

import hashlib
import json
from collections.abc import Mapping

from core.types.runs import Receipt


def digest(fields: Mapping[str, str]) -> str:
    """Return the SHA-256 hex of the fields as canonical JSON; the order of keys is irrelevant."""
    text = json.dumps(dict(fields), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def receipt(fields: Mapping[str, str]) -> Receipt:
    """Return a receipt whose id is the first 12 hex digits of its fields' digest."""
    return Receipt(digest(fields)[:12], dict(fields))
