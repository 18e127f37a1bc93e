"""Every template has one context, whose fields are the template's variables."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest
from jinja2 import UndefinedError, meta, nodes

import ui
from ui.screens import SCREENS
from ui.server.routes import ALL
from ui.shared.screen import make_page
from ui.shared.templates import FOLDERS, UI, Nothing, make_environment, render
from ui.shared.text import ThumbnailUrls

HOSTILE = "<img src=x onerror=alert(1)>\"'`${1}{{x}}"


def environment():
    words = {screen.name: screen.words for screen in SCREENS if screen.words is not None}
    return make_environment(ThumbnailUrls("v1"), words)


def contexts() -> Iterator[type]:
    """Every class of ui that names a template."""
    for module in pkgutil.walk_packages(ui.__path__, "ui."):
        if module.name.startswith("ui.commands"):
            continue
        for found in vars(importlib.import_module(module.name)).values():
            is_here = isinstance(found, type) and found.__module__ == module.name
            if is_here and is_dataclass(found) and isinstance(vars(found).get("template"), str):
                yield found


def templates() -> list[str]:
    """Every template that is filled: not the screens' frames, and not files of macros alone."""
    names = {
        path.relative_to(UI / "screens" if UI / "screens" in path.parents else UI).as_posix()
        for folder in FOLDERS
        for path in folder.rglob("*.html")
    }
    return sorted(
        name for name in names if not is_macros(name) and not name.endswith("/screen.html")
    )


def is_macros(name: str) -> bool:
    source = environment().loader.get_source(environment(), name)[0]
    body = environment().parse(source).body
    text = (node for node in body if isinstance(node, nodes.Output))
    blank = all(
        isinstance(part, nodes.TemplateData) and not part.data.strip()
        for output in text
        for part in output.nodes
    )
    return blank and any(isinstance(node, nodes.Macro) for node in body)


@pytest.mark.parametrize("context", [*contexts()], ids=lambda context: context.template)
def test_a_context_has_the_variables_of_its_template(context):
    known = environment()
    source = known.loader.get_source(known, context.template)[0]
    parsed = known.parse(source)
    own = {name.name for name in parsed.find_all(nodes.Name) if name.ctx != "load"}
    variables = meta.find_undeclared_variables(parsed) - set(known.globals) - own
    assert variables == {field.name for field in fields(context)}
    assert not set(known.globals) & {field.name for field in fields(context)}


def test_every_template_has_one_context():
    assert sorted(context.template for context in contexts()) == templates()


@pytest.mark.parametrize("screen", ALL, ids=lambda screen: screen.name)
def test_a_screen_places_all_its_parts(screen):
    known = environment()
    source = known.loader.get_source(known, screen.template)[0]
    used = "".join(
        known.loader.get_source(known, name)[0]
        for name in known.list_templates()
        if name.startswith(f"{screen.name}/")
    )
    assert meta.find_undeclared_variables(known.parse(source)) - set(known.globals) <= {"part"}
    for part in screen.parts:
        assert f'part("{part.name}"' in used or f'"{screen.name}/{part.name}"' in used, part.name


def test_text_is_escaped():
    assert "<img" not in render(environment(), Nothing(HOSTILE))


def test_a_missing_name_is_an_error():
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nobody }}").render()


def test_a_page_has_the_words_of_its_screens(bench):
    page = make_page(bench, SCREENS)
    assert {screen.name for screen in SCREENS if screen.words} <= set(page.templates.globals)
