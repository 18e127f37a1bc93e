"""Hostile file names, labels, notes, prompts, recipes and addresses on every screen of the bench.

The payloads follow the families of the OWASP XSS filter evasion cheat sheet; each would set
`window.hit`, open a dialog or fetch something, and none may.
"""

import csv
import io
from urllib.parse import urlencode

import pytest

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.types.pairs import PromptText
from core.types.sweeps import Recipe, SweepRequest
from tests.browser.servers import served
from tests.conftest import draw_object
from ui.selection import VIEWS, ViewState

DO = "window.hit=1"
TAGS = [
    f"<script>{DO}</script>",
    f"</script><script>{DO}</script>",
    f"</textarea><script>{DO}</script>",
    f"</title><script>{DO}</script>",
    f"</style><script>{DO}</script>",
    f"--><script>{DO}</script>",
    f"]]><script>{DO}</script>",
    f"<ScRiPt>{DO}</sCrIpT>",
    f"<scr<script>ipt>{DO}</scr</script>ipt>",
    f"<script\t>{DO}</script\t>",
    f"<img src=x onerror={DO}>",
    f"<img src=x onerror='{DO}'>",
    f'<img src="x" onerror="{DO}">',
    f"<img src=x:alert(alt) onerror=eval(alt) alt={DO}>",
    f"<img/src=x/onerror={DO}>",
    f"<img src=x onload={DO} onerror={DO}//",
    f"<svg onload={DO}>",
    f"<svg/onload={DO}>",
    f"<svg><script>{DO}</script></svg>",
    f"<svg><animate onbegin={DO} attributeName=x dur=1s>",
    f"<svg><a xlink:href='javascript:{DO}'><text x=9 y=9>x</text></a></svg>",
    f"<math><mi//xlink:href='data:x,<script>{DO}</script>'>",
    f"<body onload={DO}>",
    f"<iframe src='javascript:{DO}'></iframe>",
    f'<iframe srcdoc="<script>parent.{DO}</script>"></iframe>',
    f"<object data='javascript:{DO}'></object>",
    f"<embed src='javascript:{DO}'>",
    f"<video><source onerror={DO}></video>",
    f"<audio src=x onerror={DO}></audio>",
    f"<details open ontoggle={DO}>x</details>",
    f"<input autofocus onfocus={DO}>",
    f"<select autofocus onfocus={DO}></select>",
    f"<marquee onstart={DO}>x</marquee>",
    f"<style onload={DO}></style>",
    f"<meta http-equiv=refresh content='0;url=javascript:{DO}'>",
    "<link rel=stylesheet href=http://192.0.2.1/x.css>",
    "<img src=http://192.0.2.1/x.png>",
    f"<form action='javascript:{DO}'><button>x</button></form>",
    "<base href=http://192.0.2.1/>",
]
BREAKS = [
    f'" onmouseover={DO} autofocus onfocus={DO} x="',
    f"' onmouseover={DO} autofocus onfocus={DO} x='",
    f'"><script>{DO}</script>',
    f"'><script>{DO}</script>",
    f"javascript:{DO}",
    f"${{{DO}}}",
    f"`${{{DO}}}`",
    f"{{{{constructor.constructor('{DO}')()}}}}",
    f"';{DO};//",
    f'";{DO};//',
    f"\\u003cimg src=x onerror={DO}\\u003e",
    f"&lt;img src=x onerror={DO}&gt;",
]
PAYLOADS = TAGS + BREAKS
NAMES = [
    "<img src=x onerror=window.hit=1>.png",
    "\"'`${window.hit=1}{{hit}}.png",
    "=cmd|' !A0.png",
    "-rf.png",
    "CON.png",
    "\u202egnp.exe.png",
    "\U0001f600 caf\u00e9.png",
    "n" * 251 + ".png",
]
READY = {
    "overview": "#sl-scatter .points path",
    "queries": "#sl-flow .lines",
    "pair": "#sl-pair-anatomy table",
    "perturb": "#sl-pt-bar",
    "failures": "#sl-fl-suspects",
    "annotate": "#sl-an-stage p",
    "runs": "#sl-run-plot .points path",
    "setup": "#sl-corpus section",
}
assert set(READY) == set(VIEWS)
ON = [f"[on{event}]" for event in ("error", "load", "focus", "toggle", "begin", "start", "click")]
OWN = ", ".join([*ON, "[onmouseover]", "iframe, object, embed, marquee, base:not([href='./'])"])
PLANTED = f"""() => [...document.querySelectorAll("*")].filter(node => node.matches(`{OWN}`)
    || (node.getAttribute("href") || "").startsWith("javascript:")).map(node => node.outerHTML)"""


def csv_text(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def draw_hostile_corpus(root) -> list[str]:
    """Draw eight images with hostile names and tags; the first two are queries."""
    root.mkdir()
    kinds = ("disc", "cross", "disc", "cross", "disc", "cross", "bars", "bars")
    rows = [["image", "role", "instance", PAYLOADS[0], "caption"]]
    for place, (name, kind) in enumerate(zip(NAMES, kinds, strict=True)):
        draw_object(kind, 4 + 5 * place, 2 + 3 * place).save(root / name)
        role = "query" if place < 2 else "database"
        label = PAYLOADS[10 + kinds.index(kind)]
        rows.append([name, role, label, PAYLOADS[place % 2 + 20], PAYLOADS[25 + place]])
    (root / "manifest.csv").write_text(csv_text(rows), encoding="utf-8")
    return list(NAMES)


def plain(text: str) -> str:
    """Return what of a payload can be a tag."""
    return text.replace(",", "").replace(";", "")[:40]


def fill(bench, names: list[str]) -> None:
    """Put a payload into everything that a person may name."""
    rows = [["author", "query", "image", "verdict", "tags", "note"]]
    pairs = [(query, image) for query in names[:2] for image in names[2:]]
    for place, payload in enumerate(PAYLOADS):
        query, image = pairs[place % len(pairs)]
        rows.append([payload[:60], query, image, "label error", plain(payload), payload])
    bench.labels.bring(csv_text(rows), "ada", "hostile file")
    for place, payload in enumerate(PAYLOADS[::5]):
        bench.prompts.save(
            PromptText(f"{place} {payload}"[:40], f"{payload} same?", "question_first")
        )
        sweep = SweepRequest(names[0], None, "blur", levels=(0.0, 1.0))
        bench.robustness.save_recipe(Recipe(f"{place} {payload}"[:40], (sweep,)))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile") / "<b onclick=hit()>corpus"
    names = draw_hostile_corpus(root)
    bench = open_workbench(load_settings(None, {"corpus": root, "workspace": root.parent / "w"}))
    list(bench.runs.build_index())
    list(bench.runs.evaluate(6))
    fill(bench, names)
    with served(bench) as url:
        yield url
    bench.close()


def test_there_are_fifty_payloads():
    assert len(set(PAYLOADS)) >= 50


@pytest.mark.parametrize("view", VIEWS)
def test_nothing_hostile_runs_on_any_screen(open_page, hostile, view):
    """Each view with real hostile data, then with a payload in every field of its address."""
    page = open_page(f"{hostile}/?" + urlencode({"view": view, "query": NAMES[0]}))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    page.wait_for_selector(f"{READY[view]} >> visible=true")
    assert page.evaluate("window.hit") is None
    assert page.evaluate(PLANTED) == []
    fields = [name for name in ViewState.__dataclass_fields__ if name != "view"]
    fields += ["pert", "order", "class", "nonsense"]
    first = VIEWS.index(view) * 11
    for turn in range(1):
        address = {
            field: ("slice:" if field == "queue" else "tag:caption=" if field == "slice" else "")
            + PAYLOADS[(first + turn * 27 + place) % len(PAYLOADS)]
            for place, field in enumerate(fields)
        }
        page.goto(f"{hostile}/?" + urlencode({"view": view, **address}))
        page.wait_for_selector(f"#sl-tabs [role=tab][aria-selected=true] >> text=/{view}/i")
        page.wait_for_timeout(300)
        assert page.evaluate("window.hit") is None
        assert page.evaluate(PLANTED) == []


def test_nothing_hostile_runs_on_the_map_whatever_it_is_coloured_by(open_page, hostile):
    page = open_page(f"{hostile}/?" + urlencode({"view": "failures", "query": NAMES[0]}))
    page.locator("#sl-fl-map-part").scroll_into_view_if_needed()
    page.wait_for_selector("#sl-fl-map .legend")
    options = page.locator("[data-map-colour] option").all()
    for colour in [option.get_attribute("value") for option in options]:
        page.select_option("[data-map-colour]", colour)
        page.wait_for_function(
            "(colour) => new URLSearchParams(location.search).get('colour') === colour", arg=colour
        )
        page.wait_for_timeout(300)
        page.locator("#sl-fl-map .nsewdrag").first.hover()
        assert page.evaluate("window.hit") is None
        assert page.evaluate(PLANTED) == []
    assert len(options) > 1
