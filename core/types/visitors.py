"""Who looks at a bench: whose uploads are shown."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser, one login, or a script.

    `owner` is `browser:` and a hash, `user:` and a name, or empty for scripts, which also see the
    uploads from before uploads had an owner.
    """

    owner: str = ""


SCRIPT = Visitor()
