"""`password`: make one line of an auth file."""

from typing import Annotated

import typer

from ui.server.passwords import password_line

NAME = "password"


def run(
    user: Annotated[str, typer.Argument(help="Name to log in with.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for.")
    ],
) -> None:
    """Print a `user:hash` line; append it to the file given to --auth-file."""
    typer.echo(password_line(user, password))
