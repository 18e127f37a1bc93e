"""The server's routes for annotations: pairs, acknowledged actions, panels, files.

With a login the author is the user that logged in, whatever a request says.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from starlette.responses import Response

from core.errors import AnnotationError, ConflictError, SecondLookError, WorkspaceError
from core.types.annotation import Annotation, Change, ChangeOp, QueueWindow, Step
from ui import messages
from ui.address_values import MAX_ID
from ui.screens.annotate import pairs
from ui.selection import ViewState
from ui.server.login import USER_KEY
from ui.server.responses import answer, attachment, body_up_to, refusal, refusing
from ui.shared.screen import Page, read_state

if TYPE_CHECKING:
    from core.workbench import Workbench

_Action = Annotated[bytes | None, Depends(body_up_to(64 * 1024))]
_Import = Annotated[bytes | None, Depends(body_up_to(16 * 1024 * 1024))]
_FILES = {
    "csv": ("annotations.csv", "text/csv"),
    "jsonl": ("annotations.jsonl", "application/jsonl"),
    "patch": ("relevance-patch.csv", "text/csv"),
    "relevance": ("relevance.csv", "text/csv"),
}
Id = Annotated[str, Field(max_length=MAX_ID)]
Name = Annotated[str, Field(max_length=120)]
Whole = Annotated[int, Field(ge=0, lt=2**53)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    action: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[0-9a-f-]+$")]
    author: Name = ""


class SetRequest(_Request):
    """A change of the pair that the author saw when the key was pressed."""

    kind: Literal["set"]
    query: Id
    image: Id
    op: ChangeOp
    value: Annotated[str, Field(max_length=4000)] | list[Id] | None
    expected: Whole


class MoveRequest(_Request):
    """An undo or redo of the author's own steps; `expected` is the event that is meant."""

    kind: Literal["undo", "redo"]
    expected: Whole | None = None


class SelectRequest(_Request):
    """Pairs to add to the author's own selection; none = empty it."""

    kind: Literal["select"]
    pairs: Annotated[list[tuple[Id, Id]], Field(max_length=1000)]


_ACTION: TypeAdapter[SetRequest | MoveRequest | SelectRequest] = TypeAdapter(
    Annotated[SetRequest | MoveRequest | SelectRequest, Field(discriminator="kind")]
)


def add_annotation_routes(router: APIRouter, page: Page) -> None:
    """Serve everything below `annotations/`."""
    workbench = page.workbench

    @router.get("/annotations/window")
    def window(
        request: Request, address: str = "", author: str = "", token: str = "", at: str = ""
    ) -> Response:
        name = _author(request, author) or None
        place = int(at) if at.isdecimal() and len(at) < 8 else None
        state = read_state(workbench, address)
        return _answer(page, lambda: _window(page, state, name, token, place), request)

    @router.get("/annotations/panels")
    def panels(request: Request, address: str = "", author: str = "", of: str = "") -> Response:
        state = read_state(workbench, address)
        name = _author(request, author)
        return _answer(page, lambda: _panels(page, state, name, of), request)

    @router.post("/annotations/actions")
    @refusing({WorkspaceError: 507, SecondLookError: 422})
    def act(request: Request, body: _Action) -> Response:
        if body is None:
            return refusal("The action is too large.", 413)
        return _act(workbench, request, body)

    @router.post("/annotations/import")
    @refusing({WorkspaceError: 507})
    def bring(request: Request, body: _Import, author: str = "", action: str = "") -> Response:
        if body is None:
            return refusal("The file is larger than 16 MiB; import it in parts.", 413)
        return _bring(workbench, body, _author(request, author), action[:40])

    @router.get("/annotations/export/{kind}")
    @refusing({SecondLookError: 404})
    def export(kind: str, author: str = "") -> Response:
        text = workbench.labels.export(kind, author or None)
        name, media_type = _FILES[kind]
        return attachment(text, name, f"{media_type}; charset=utf-8")


def _author(request: Request, claimed: str) -> str:
    user: str | None = request.scope.get(USER_KEY)
    return " ".join((user or claimed)[:120].split())


def _window(
    page: Page, state: ViewState, author: str | None, token: str, place: int | None
) -> dict[str, Any]:
    if state.queue is None:
        return {"total": 0, "items": [], "message": pairs.draw_invitation(page, state.query)}
    annotations = page.workbench.annotations
    queue = annotations.queue(state.queue, state.fusion, author, token[:64])
    source = pairs.draw_source(page, queue)
    if not queue.items:
        html = pairs.draw_empty_queue(page, queue)
        return {"total": 0, "items": [], "message": html, "source": source}
    pair = (state.query, state.candidate) if state.query and state.candidate else None
    found = annotations.window(queue, author, at=pair if place is None else place)
    return {"source": source, **_window_fields(page, found)}


def _window_fields(page: Page, found: QueueWindow) -> dict[str, Any]:
    return {
        "token": found.queue.token,
        "total": len(found.queue.items),
        "start": found.start,
        "at": found.at,
        "judged": found.n_judged,
        "undoable": found.undoable,
        "redoable": found.redoable,
        "items": [
            {
                "html": pairs.draw_pair(page, item, found.queue.score_kind),
                "pictures": pairs.pictures(page, item),
                **_word(word),
            }
            for item, word in found.items
        ],
    }


def _panels(page: Page, state: ViewState, author: str, of: str) -> dict[str, Any]:
    labels = page.workbench.labels
    authors = page.workbench.annotations.authors()
    effect = labels.effect(of if of in authors else None, state.fusion)
    return {
        "agreement": pairs.draw_agreement(page, labels.agreements(author)),
        "labels": pairs.draw_labels(page, effect, authors),
    }


def _act(workbench: "Workbench", request: Request, body: bytes) -> Response:
    try:
        asked = _ACTION.validate_json(body)
    except ValidationError:
        return refusal("The action cannot be read; reload the page.", 400)
    author = _author(request, asked.author)
    try:
        if isinstance(asked, SelectRequest):
            return answer({"size": workbench.annotations.select(author, tuple(asked.pairs))})
        step = _step(workbench, asked, author)
    except ConflictError as error:
        return refusal(str(error), 409, **_now(workbench, asked, author))
    moved = {"undoable": step.undoable, "redoable": step.redoable}
    return answer({"annotation": _word(step.annotation), **moved})


def _step(workbench: "Workbench", asked: SetRequest | MoveRequest, author: str) -> Step:
    if isinstance(asked, MoveRequest):
        back = asked.kind == "undo"
        return workbench.annotations.move(author, asked.action, asked.expected, back=back)
    value = tuple(asked.value) if isinstance(asked.value, list) else asked.value
    return workbench.annotations.act(
        Change(asked.action, author, asked.query, asked.image, asked.op, value, asked.expected)
    )


def _now(
    workbench: "Workbench", asked: SetRequest | MoveRequest | SelectRequest, author: str
) -> dict[str, Any]:
    """Return what the author's steps and the refused pair are like now."""
    pair = (asked.query, asked.image) if isinstance(asked, SetRequest) else None
    word, undoable, redoable = workbench.annotations.now(author, pair)
    fields: dict[str, Any] = {"undoable": undoable, "redoable": redoable}
    return fields if word is None else {**fields, "annotation": _word(word)}


def _bring(workbench: "Workbench", body: bytes, author: str, action: str) -> Response:
    try:
        counts = workbench.labels.bring_file(body, author, action)
    except AnnotationError as error:
        return refusal(str(error), 422, faults=list(error.faults))
    return answer({"added": counts.n_added, "same": counts.n_same, "kept": counts.n_kept})


def _word(word: Annotation) -> dict[str, Any]:
    return {
        "query": word.query_id,
        "image": word.image_id,
        "verdict": word.content.verdict,
        "tags": list(word.content.tags),
        "note": word.content.note,
        "version": word.version,
    }


def _answer(page: Page, make: Callable[[], dict[str, Any]], request: Request) -> Response:
    user = request.scope.get(USER_KEY)
    try:
        return answer({**make(), "user": user})
    except SecondLookError as error:
        text = messages.error_text(error)
        html = page.nothing(text, error=True)
        return answer({"error": text, "message": html, "total": 0, "items": [], "user": user})
