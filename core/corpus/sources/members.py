"""What an archive holds, once it is listed, and why one cannot be listed."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from core.errors import ManifestError

At = tuple[int, int]
"""Where a shard keeps a member: offset and size in bytes, or whatever the kind of archive needs."""


@dataclass(slots=True)
class Members:
    """What one archive holds: images and tables by path, what lies beside images, the rest.

    `masks` can be found and read as images can, and are none.
    """

    images: dict[str, At] = field(default_factory=dict[str, At])
    masks: dict[str, At] = field(default_factory=dict[str, At])
    tables: dict[str, At] = field(default_factory=dict[str, At])
    columns: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    left_out: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])


@contextmanager
def listing(name: str, damage: tuple[type[Exception], ...]) -> Generator[None]:
    """Say in one sentence why an archive cannot be listed.

    Args:
        name: Of the archive.
        damage: What its reader raises where the content is not as it should be.

    Raises:
        ManifestError: It is damaged or cut short, or the file cannot be read.
    """
    try:
        yield
    except damage as error:
        reason = str(error).splitlines()[0][:120] if str(error) else "unreadable"
        raise ManifestError(
            f"{name} is damaged or cut short ({reason}); fetch or pack it again."
        ) from error
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise ManifestError(f"{name} cannot be read ({reason}); check it.") from error
