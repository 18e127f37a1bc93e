"""Auth files: scrypt lines only."""

import pytest

from core.errors import SettingsError
from ui.server.passwords import password_line, read_credentials


@pytest.fixture(scope="module")
def line() -> str:
    return password_line("ada", "correct horse")


def test_the_right_password_is_accepted(tmp_path, line):
    path = tmp_path / "auth"
    path.write_text(f"# people\n\n{line}\n")
    known = read_credentials(path)
    assert known.accepts("ada", "correct horse")
    assert not known.accepts("ada", "correct horse ")
    assert not known.accepts("bob", "correct horse")


def test_two_lines_of_one_password_differ(line):
    assert password_line("ada", "correct horse") != line


@pytest.mark.parametrize(
    "text", ["ada:secret", "ada", "ada:$2b$12$abcdef", "ada:scrypt$AA$AA", ":scrypt$x$y"]
)
def test_anything_but_a_scrypt_line_is_refused(tmp_path, text):
    path = tmp_path / "auth"
    path.write_text(text)
    with pytest.raises(SettingsError, match=r"auth:1: not `user:scrypt"):
        read_credentials(path)


def test_an_auth_file_names_someone(tmp_path):
    path = tmp_path / "auth"
    path.write_text("# nobody\n")
    with pytest.raises(SettingsError, match="names no user"):
        read_credentials(path)


def test_a_missing_auth_file_is_one_sentence(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        read_credentials(tmp_path / "none")


@pytest.mark.parametrize("user", ["", "a:b", "a b"])
def test_a_user_name_fits_into_a_line(user):
    with pytest.raises(SettingsError, match="User name"):
        password_line(user, "long enough")


def test_a_short_password_is_refused():
    with pytest.raises(SettingsError, match="8 to 512"):
        password_line("ada", "short")
