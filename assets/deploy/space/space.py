"""The Space's entry: users from its secret, then the page on all addresses."""

import os
import sys
import tempfile
from pathlib import Path

from app import main


def arguments(users: str | None, folder: Path) -> list[str]:
    """Return the options of `serve`, with the users written to a file of the folder."""
    if not (users or "").strip():
        sys.exit(
            "Set the secret SECOND_LOOK_USERS to a line made by `python app.py password NAME`: a "
            "page that others reach has a login."
        )
    file = folder / "users"
    file.touch(mode=0o600)
    file.write_text(f"{users}\n", "utf-8")
    options = ["--host", "0.0.0.0", "--port", "7860", "--auth-file", str(file)]
    data = Path("/data")  # mounted storage, where the Space has some
    return options + (["--workspace", "/data/second-look"] if os.access(data, os.W_OK) else [])


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as private:
        main(arguments(os.environ.get("SECOND_LOOK_USERS"), Path(private)))
