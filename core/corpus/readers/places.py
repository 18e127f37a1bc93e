"""Where images may lie, worked out when asked for: a table of millions of paths would not fit."""

from collections.abc import Callable, Collection, Iterator, Mapping


class Places(Mapping[str, tuple[str, ...]]):
    """The places of images, best first, by id.

    Args:
        ids: Of database images and of queries' images; may repeat.
        places: Returns the places of an id, relative to the benchmark's folder.
    """

    def __init__(
        self, ids: tuple[Collection[str], ...], places: Callable[[str], tuple[str, ...]]
    ) -> None:
        self._ids = ids
        self._places = places

    def __getitem__(self, image_id: str) -> tuple[str, ...]:
        """Return the places of an id; ids are not looked up, so any has some."""
        return self._places(image_id)

    def __iter__(self) -> Iterator[str]:
        """Yield the ids, each once where the parts share none."""
        for part in self._ids:
            yield from part

    def __len__(self) -> int:
        """Return the number of ids."""
        return sum(map(len, self._ids))
