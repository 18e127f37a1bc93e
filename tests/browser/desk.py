"""What the tests of the Annotate screen share: its pairs, and what an author does and waits for."""

from core.types.annotation import Content
from tests.drawn_bench import database_ids, query_ids

N = 200
SELECTION = "/?view=annotate&queue=selection"


def pairs_of(n=N, suffix="") -> tuple[tuple[str, str], ...]:
    """The first pairs of query and database image, the queries in their order."""
    return tuple((q, i) for q in query_ids(suffix) for i in database_ids(suffix))[:n]


def sign(page, name="ada") -> None:
    """Say who sits here; the queue comes up for that author."""
    page.fill("[data-an-author]", name)
    page.press("[data-an-author]", "Enter")
    page.wait_for_selector("[data-an-verdict]:enabled")


def at_pair(page, place: int) -> None:
    page.wait_for_selector(f"[data-an-progress] >> text=/^pair {place} of/")


def open_panels(page) -> None:
    """Unfold what stands beside the pairs, where the browser does not remember it open."""
    if page.get_attribute("[data-an-fold]", "aria-expanded") == "false":
        page.click("[data-an-fold]")
    page.wait_for_selector("#sl-an-labels h3")


def all_saved(page) -> None:
    """Wait until nothing waits in the browser."""
    page.wait_for_selector('[data-an-saved][data-waiting="0"]')
    page.wait_for_selector("[data-an-saved]:not([data-state=saving], [data-state=failed])")


def words(bench, author="ada") -> dict[tuple[str, str], Content]:
    found = bench.annotations._store.annotations(author)
    return {(word.query_id, word.image_id): word.content for word in found}
