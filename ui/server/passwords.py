"""Who may open a page that is not on loopback: a file of `user:hash` lines, scrypt only."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import SettingsError

# OWASP Password Storage Cheat Sheet, scrypt, the row with 32 MiB.
_COST, _BLOCK, _LANES = 2**15, 8, 3
_LIMIT_BYTES = 64 * 1024 * 1024
_PREFIX = "scrypt"
MAX_PASSWORD = 512


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """A salt and the scrypt digest of a password."""

    salt: bytes
    digest: bytes

    def matches(self, password: str) -> bool:
        """Return whether this is the password; takes the same time either way (about 0.3 s)."""
        return hmac.compare_digest(_scrypt(password[:MAX_PASSWORD], self.salt), self.digest)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Users and their password hashes."""

    users: Mapping[str, PasswordHash]

    def accepts(self, user: str, password: str) -> bool:
        """Return whether user and password belong together; an unknown user costs the same."""
        known = self.users.get(user)
        stand_in = known or PasswordHash(b"\0" * 16, b"\0" * 32)
        return stand_in.matches(password) and known is not None


def password_line(user: str, password: str) -> str:
    """Return the line of an auth file for this user.

    Raises:
        SettingsError: The name is empty or holds a colon or white space, or the password is short.
    """
    if not user or ":" in user or any(char.isspace() for char in user):
        raise SettingsError(f"User name {user!r} is empty or holds a colon or white space.")
    if not 8 <= len(password) <= MAX_PASSWORD:
        raise SettingsError(f"A password needs 8 to {MAX_PASSWORD} characters.")
    salt = secrets.token_bytes(16)
    parts = [_PREFIX, _encode(salt), _encode(_scrypt(password, salt))]
    return f"{user}:{'$'.join(parts)}"


def read_credentials(path: Path) -> Credentials:
    """Read an auth file; empty lines and lines that start with # are skipped.

    Raises:
        SettingsError: The file cannot be read, holds no user, or a line is not `user:scrypt$...`.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"Auth file {path} cannot be read: {error}.") from error
    users: dict[str, PasswordHash] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        user, _, text = line.strip().partition(":")
        found = _parse(text)
        if not user or found is None:
            raise SettingsError(
                f"{path.name}:{number}: not `user:scrypt$salt$hash`; plain passwords are refused. "
                "Make the line with `python app.py password USER`."
            )
        users[user] = found
    if not users:
        raise SettingsError(f"Auth file {path} names no user.")
    return Credentials(users)


def _parse(text: str) -> PasswordHash | None:
    prefix, _, rest = text.partition("$")
    salt, _, digest = rest.partition("$")
    if prefix != _PREFIX:
        return None
    try:
        found = PasswordHash(_decode(salt), _decode(digest))
    except ValueError:
        return None
    return found if len(found.salt) == 16 and len(found.digest) == 32 else None


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES, maxmem=_LIMIT_BYTES, dklen=32
    )


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
