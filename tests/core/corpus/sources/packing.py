"""Pack a corpus folder in every way that it may be shipped."""

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest


def files_of(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file()]


def add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    archive.addfile(member, io.BytesIO(data))


def three_tars(root: Path, target: Path) -> Path:
    """Shards of whole samples, `manifest.csv` in the first."""
    target.mkdir()
    files = files_of(root)
    for shard in range(3):
        with tarfile.open(target / f"{shard:05d}.tar", "w") as archive:
            for path in files[shard::3]:
                add(archive, path.relative_to(root).as_posix(), path.read_bytes())
    return target


def one_tar(root: Path, target: Path) -> Path:
    """A tar of the folder itself, as `tar -cf x.tar folder` makes it."""
    with tarfile.open(target.with_suffix(".tar"), "w") as archive:
        archive.add(root, root.name)
    return target.with_suffix(".tar")


def dotted_tar(root: Path, target: Path) -> Path:
    """`tar -C folder -cf x.tar .`"""
    with tarfile.open(target.with_suffix(".tar"), "w") as archive:
        archive.add(root, ".")
    return target.with_suffix(".tar")


def zipped(root: Path, target: Path) -> Path:
    with zipfile.ZipFile(target.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files_of(root):
            archive.write(path, f"{root.name}/{path.relative_to(root).as_posix()}")
    return target.with_suffix(".zip")


def zips_beside_manifest(root: Path, target: Path) -> Path:
    target.mkdir()
    for shard in range(2):
        with zipfile.ZipFile(target / f"{shard}.zip", "w") as archive:
            for path in [one for one in files_of(root) if one.suffix != ".csv"][shard::2]:
                archive.write(path, path.relative_to(root).as_posix())
    for path in root.glob("*.csv"):
        (target / path.name).write_bytes(path.read_bytes())
    return target


def rows_of(root: Path) -> list[dict[str, str]]:
    import csv

    with (root / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def webdataset(root: Path, target: Path) -> Path:
    """Two shards whose samples hold an image and its row as JSON."""
    target.mkdir()
    rows = rows_of(root)
    for shard in range(2):
        with tarfile.open(target / f"{shard:05d}.tar", "w") as archive:
            for number, row in enumerate(rows[shard::2]):
                key, suffix = f"{shard}-{number:04d}", Path(row["image"]).suffix
                add(archive, f"{key}{suffix}", (root / row["image"]).read_bytes())
                said = {"img_path": row["image"]} | {
                    k: v for k, v in row.items() if k not in ("image", "mask")
                }
                add(archive, f"{key}.json", json.dumps(said).encode())
                if row.get("mask"):
                    add(archive, f"{key}.mask.png", (root / row["mask"]).read_bytes())
    return target


def parquet(root: Path, target: Path) -> Path:
    """Two shards of a `datasets` table, the role a ClassLabel."""
    pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    pq = pytest.importorskip("pyarrow.parquet", reason="the extra `export` is not installed")
    target.mkdir()
    rows = rows_of(root)
    roles = ["query", "database", "both"]
    features = {"role": {"names": roles, "_type": "ClassLabel"}, "image": {"_type": "Image"}}
    for shard in range(2):
        some = rows[shard::2]
        columns: dict[str, object] = {
            "image": [
                {"bytes": (root / row["image"]).read_bytes(), "path": row["image"]} for row in some
            ],
            "role": [roles.index(row["role"]) for row in some],
        }
        others = [name for name in rows[0] if name not in ("image", "role", "mask")]
        if "mask" in rows[0]:
            columns["mask"] = [
                {"bytes": (root / row["mask"]).read_bytes(), "path": row["mask"]}
                if row["mask"]
                else None
                for row in some
            ]
        columns |= {name: [row[name] or None for row in some] for name in others}
        table = pa.table(columns)
        said = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
        pq.write_table(
            table.replace_schema_metadata(said), target / f"{shard}.parquet", row_group_size=3
        )
    return target


def arrow(root: Path, target: Path) -> Path:
    """As `save_to_disk` writes a table."""
    pa = pytest.importorskip("pyarrow", reason="the extra `export` is not installed")
    target.mkdir()
    rows = rows_of(root)
    columns: dict[str, object] = {
        "image": [
            {"bytes": (root / row["image"]).read_bytes(), "path": row["image"]} for row in rows
        ]
    }
    columns |= {name: [row[name] for row in rows] for name in rows[0] if name != "image"}
    table = pa.table(columns)
    shard = str(target / "data-00000-of-00001.arrow")
    with pa.OSFile(shard, "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    (target / "state.json").write_text(json.dumps({"_indices_files": None}))
    return target


PACKED: Mapping[str, Callable[[Path, Path], Path]] = {
    "three tars": three_tars,
    "one tar": one_tar,
    "dotted tar": dotted_tar,
    "zip": zipped,
    "zips beside a manifest": zips_beside_manifest,
    "webdataset": webdataset,
    "parquet": parquet,
    "arrow": arrow,
}
