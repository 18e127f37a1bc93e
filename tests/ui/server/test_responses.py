"""Bodies up to a limit, answers that are not kept, and errors that become refusals."""

from io import BytesIO
from typing import Annotated

import numpy as np
import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from starlette.responses import Response

from core.errors import SecondLookError, UnknownImageError, WorkspaceError
from ui.server.responses import answer, attachment, body_up_to, picture, refusal, refusing


@pytest.mark.parametrize(("size", "found"), [(0, 0), (8, 8), (9, None), (5000, None)])
def test_a_body_is_read_up_to_its_limit(size, found):
    app = FastAPI()

    @app.post("/")
    def route(body: Annotated[bytes | None, Depends(body_up_to(8))]) -> Response:
        return answer({"size": None if body is None else len(body)})

    assert TestClient(app).post("/", content=b"x" * size).json() == {"size": found}


def asked(error: Exception, **options):
    app = FastAPI()

    @app.get("/")
    @refusing({WorkspaceError: 507, SecondLookError: 422}, **options)
    def route(name: str) -> Response:
        raise error

    return TestClient(app).get("/?name=x")


@pytest.mark.parametrize(
    ("error", "status"), [(WorkspaceError("full"), 507), (SecondLookError("full"), 422)]
)
def test_the_first_class_that_fits_gives_the_status(error, status):
    made = asked(error)
    assert (made.status_code, made.json()) == (status, {"error": "full"})
    assert made.headers["cache-control"] == "no-store"


def test_what_a_refusal_says_can_be_chosen():
    assert "not in the corpus" in asked(UnknownImageError("x.jpg")).json()["error"]
    hidden = asked(UnknownImageError("x.jpg"), text=lambda _: "Not found.")
    assert hidden.json() == {"error": "Not found."}


def test_other_errors_pass():
    with pytest.raises(KeyError):
        asked(KeyError("bug"))


def test_a_guarded_route_keeps_its_parameters():
    app = FastAPI()

    @app.get("/{place}")
    @refusing({SecondLookError: 404})
    def route(place: int, more: str = "") -> Response:
        return answer({"place": place, "more": more})

    client = TestClient(app)
    assert client.get("/3?more=a").json() == {"place": 3, "more": "a"}
    assert client.get("/x").status_code == 422


def test_a_name_with_any_character_is_quoted():
    made = attachment("a", 'ä/"b\r\n.json', "application/json")
    wanted = "attachment; filename*=UTF-8''%C3%A4%2F%22b%0D%0A.json"
    assert made.headers["content-disposition"] == wanted


def test_a_refusal_carries_more_fields():
    assert refusal("No.", 409, undoable=3).body == b'{"error":"No.","undoable":3}'


@pytest.mark.parametrize(("side", "size"), [(16, (16, 8)), (160, (40, 20))])
def test_a_picture_is_made_smaller_only(side, size):
    made = picture(np.zeros((20, 40, 3), np.uint8), side, quality=82)
    assert Image.open(BytesIO(made.body)).size == size
    assert "immutable" in made.headers["cache-control"]
