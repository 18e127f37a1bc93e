"""`verify`: every file of the workspace against its checksum, every image against what it was."""

import json

import typer

from ui.commands.shared import Json, Opener

NAME = "verify"
DAMAGED = 1


def run(
    opener: Opener,
    *,
    json_output: Json = False,
) -> None:
    """Read all stored files and all images again; exit 1 if one is damaged, missing or replaced."""
    _, bench = opener.open()
    try:
        checked = list(bench.runs.verify())
    finally:
        bench.close()
    damaged = {one.file: one.problem for one in checked if one.problem and not one.is_image}
    images = {one.file: one.problem for one in checked if one.problem and one.is_image}
    n_images = sum(one.is_image for one in checked)
    n_files = len(checked) - n_images
    if json_output:
        counts = {"n_files": n_files, "damaged": damaged}
        typer.echo(json.dumps({**counts, "n_images": n_images, "images": images}))
    else:
        for file, problem in damaged.items():
            typer.echo(f"{file} {problem}")
        for image_id, problem in images.items():
            typer.echo(problem if image_id in problem else f"Image '{image_id}' {problem}.")
        typer.echo(
            f"{n_files} files checked, {len(damaged)} damaged; {n_images} images read, "
            f"{len(images)} not what was encoded."
        )
    if damaged:
        typer.echo(
            "Delete the damaged files' folders in the workspace and run the command that made "
            "them again.",
            err=True,
        )
    if damaged or images:
        raise typer.Exit(DAMAGED)
