"""Commands and scripts that evaluate the same again."""

import shlex
from pathlib import Path

from core.exchange.snippets import chosen_settings, evaluate_command, evaluate_python
from core.settings import load_settings


def test_defaults_are_left_out():
    assert chosen_settings(load_settings(None, {})) == {}
    assert evaluate_command({}) == "python app.py evaluate"


def test_what_was_chosen_comes_back_through_the_settings():
    overrides = {
        "corpus": Path("my photos; rm -rf"),
        "ranking.depth": 7,
        "ranking.lam": 0.25,
        "model.max_side": 336,
        "serve.port": 9,
    }
    settings = load_settings(None, overrides)
    chosen = chosen_settings(settings)
    assert "serve.port" not in chosen
    assert chosen_settings(load_settings(None, dict(chosen))) == chosen


def test_a_shell_reads_every_value_as_one_word():
    command = evaluate_command({"corpus": "my $photos; rm", "ranking.depth": 7})
    words = ["python", "app.py", "evaluate", "--corpus", "my $photos; rm", "--depth", "7"]
    assert shlex.split(command) == words


def test_what_has_no_option_stands_as_settings():
    command = evaluate_command({"model.max_side": 336})
    assert command.splitlines() == [
        "# settings.toml: model.max_side = 336",
        "python app.py evaluate --config settings.toml",
    ]


def test_a_password_is_in_no_command():
    settings = load_settings(None, {"model.name": "http://me:secret@host:1/v1#M"})
    chosen = chosen_settings(settings)
    assert "secret" not in str(chosen)
    assert "http://host:1/v1#M" in evaluate_command(chosen)


def test_a_script_is_python_whatever_the_values():
    script = evaluate_python({"corpus": "a'b\"{}\n"}, 7)
    compile(script, "copied", "exec")
    assert "evaluate(7)" in script
