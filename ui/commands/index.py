"""`index`: encode what is not yet stored and build the local index."""

import json

import typer

from ui.commands.progress import follow
from ui.commands.shared import Json, Opener

NAME = "index"


def run(
    opener: Opener,
    *,
    json_output: Json = False,
) -> None:
    """Encode the corpus: visual tokens, descriptors and the index; resumes where it stopped."""
    _, bench = opener.open()
    try:
        follow(bench.runs.build_index())
        counts = bench.runs.index_counts()
    finally:
        bench.close()
    if json_output:
        typer.echo(json.dumps(counts))
        return
    typer.echo(
        f"{counts['n_images']} images, {counts['n_encoded']} newly encoded in "
        f"{counts['seconds']:.1f} s, {counts['bytes_per_image']:.0f} bytes per image."
    )
    for image_id, reason in counts["unreadable"].items():
        typer.echo(f"not readable: {image_id}: {reason}")
