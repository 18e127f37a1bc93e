"""Read the corpus's images again: whose content is not what the workspace has encoded."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from core.bench.session import Session
from core.corpus.images import cropped_sha256
from core.corpus.probing import replaced_files
from core.errors import ImageError, StaleIndexError
from core.storage.shards import read_manifest
from core.storage.verify import Checked

_UNSEEN = "holds other bytes than when it was opened, under the same times: delete images.json"
_STALE = "holds other bytes than were encoded: run `index` again"


def check_images(session: Session) -> Iterator[Checked]:
    """Yield every image of the corpus that has content, by id, with what speaks against it.

    Every file is read whole: about as long as hashing the corpus takes.

    Raises:
        StaleIndexError: The remembered checksums of images cannot be read.
    """
    records = session.database | session.queries
    encoded = _encoded(session.workspace.folder)
    replaced = replaced_files(session.workspace.file_cache)
    for image_id in sorted(records):
        record = records[image_id]
        if not record.sha256:
            continue  # it could not be read when the corpus was opened: `index` lists it
        try:
            data = session.images.read(Path(record.path), image_id)
        except ImageError as error:
            yield Checked(image_id, str(error), is_image=True)
            continue
        problem = None
        if cropped_sha256(hashlib.sha256(data).hexdigest(), record.crop) != record.sha256:
            problem = _UNSEEN
        elif replaced.get(record.path) in encoded:
            problem = _STALE
        yield Checked(image_id, problem, is_image=True)


def _encoded(folder: Path) -> frozenset[str]:
    """Return the checksums of all images that any descriptor or token store holds.

    A list that is damaged is passed over: `verify` names it.
    """
    found: set[str] = set()
    for stores in ("descriptors", "tokens"):
        for manifest in folder.glob(f"{stores}/*/[0-9]*.json"):
            with suppress(StaleIndexError):
                found.update(read_manifest(manifest)["keys"])
    return frozenset(found)
