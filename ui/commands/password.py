"""`password`: make one line of an auth file."""

from typing import Annotated

import typer

from ui.server.passwords import password_line

NAME = "password"


def run(
    user: Annotated[str, typer.Argument(help="Name to log in with.")],
    password: Annotated[str | None, typer.Option(help="Asked for where it is not given.")] = None,
) -> None:
    """Print a `user:hash` line; append it to the file given to --auth-file."""
    if password is None:  # on stderr, so that stdout is the line alone
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    typer.echo(password_line(user, str(password)))
