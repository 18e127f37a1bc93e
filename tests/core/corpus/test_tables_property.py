"""A manifest that pandas writes, in whatever form, reads back to the same corpus."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.corpus.manifest_rows import read_manifest
from core.corpus.sources.folder import FolderSource

NAMES = [f"i/{name}.png" for name in ("a", "b c", "d;e", "f,g", "h'i", 'j"k', "\u00e9", "\u56fe")]
# What a cell may hold: no surrogates and no control characters, which no spreadsheet writes.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=6)
ROWS = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(["query", "database", "both", "Query", " BOTH "]),
        TEXT.map(str.strip),
        TEXT,
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda row: row[0],
).filter(lambda rows: any(row[1].strip().casefold() != "query" for row in rows))


@pytest.fixture(scope="module")
def folder() -> Path:
    with tempfile.TemporaryDirectory() as place:
        for name in NAMES:
            path = Path(place) / name
            path.parent.mkdir(exist_ok=True)
            path.touch()
        yield Path(place)


@settings(max_examples=150)
@given(
    rows=ROWS,
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    index=st.booleans(),
    capitals=st.booleans(),
    n_blank=st.integers(0, 2),
)
def test_what_pandas_writes_reads_back_to_the_same_rows(
    folder: Path,
    rows: list[tuple[str, str, str, str, int]],
    delimiter: str,
    encoding: str,
    end: str,
    index: bool,
    capitals: bool,
    n_blank: int,
):
    columns = ["image", "role", "instance", "Light", "x0"]
    frame = pd.DataFrame(rows, columns=columns)
    frame["y0"], frame["x1"], frame["y1"] = 0, frame["x0"] + 0.5, 7
    if capitals:
        frame = frame.rename(columns={"image": "Image", "role": " ROLE", "instance": "Instance "})
    text = frame.to_csv(None, sep=delimiter, lineterminator=end, index=index)
    text += (delimiter * (len(frame.columns) - 1 + index) + end) * n_blank
    (folder / "manifest.csv").write_bytes(text.encode(encoding))
    listing = read_manifest(FolderSource(folder))
    assert listing.faults == ()
    for entry, (image, role, instance, light, x0) in zip(listing.entries, rows, strict=True):
        assert (entry.image_id, entry.role) == (image, role.strip().casefold())
        assert entry.instance_id == (instance.strip() or None)
        assert entry.tags == {"Light": light}
        assert entry.box is not None
        assert (entry.box.x0, entry.box.x1, entry.box.y1) == (x0, x0 + 1, 7)
