"""Every sentence of the screen that is not a number: empty, waiting, partial and error states."""

from core.errors import SecondLookError, UnknownImageError

NO_QUERY = "Choose a query on the left, or drop or paste any image to search with it."
NO_QUERIES = "This corpus has no queries. Drop or paste an image to search with it."
NO_MATCHING_QUERIES = "No query fits this filter."
NO_INDEX = "The index is still being built; the ranking appears as soon as it is ready."
NO_PAIR = (
    "Choose a query, then press P on one of its cards or click a chosen card again: its pair opens "
    "here."
)
NO_INDEX_FOR_PAIR = "The index is still being built; the pair opens as soon as it is ready."
CANNOT_WRITE = (
    "This model answers yes or no even when it is asked to describe: it was trained to judge "
    "pairs, not to write. An instruction-tuned model, such as Qwen2.5-VL-3B-Instruct, describes "
    "them here."
)
NO_PERTURB_QUERY = (
    "Choose an image to damage level by level, or drop or paste any other; uploads need no labels."
)
NO_INDEX_TO_PERTURB = "The index is still being built; the curve starts as soon as it is ready."
NO_OUTCOMES = "No query is evaluated yet. The first numbers appear within seconds of its scores."
NO_GROUND_TRUTH = (
    "This corpus has no ground truth, so there is no AP and no failure class. Rankings, scores "
    "and uploads work; a manifest.csv with instances, or a relevance.csv, adds the metrics."
)
WITHHELD = "withheld: more than 1 % of the pairs have no score"
UNSCORED = "not scored yet"
BEYOND_DEPTH = "beyond the depth"
PREPARATION_DONE = "All queries are evaluated."
SCATTER_HEADING = (
    "AP before against AP after",
    "above the diagonal re-ranking helped; a click opens the query",
)
NO_QUEUE = "Choose what to judge. One pair at a time, by keyboard; every answer is saved at once."
NO_SELECTION = (
    "Your selection is empty: on the Queries screen choose a card and press A to add its pair."
)
NO_DISPUTED = "No two authors have given different verdicts on the same pair yet."
NO_HARD = "No pair here: no negative stands above a positive in these queries."
NO_SUSPECT = "No label is suspect: no image is claimed more by other queries than by its own."
NOTHING_EVALUATED = (
    "No query is evaluated yet, and this queue is made of evaluated queries. Reload it in a moment."
)
NO_QUEUE_WITHOUT_TRUTH = (
    "This corpus has no ground truth, so nothing is a hard case, a suspect label or a failure. "
    "Judge one query's candidates, or your own selection; the verdicts can become a relevance.csv."
)
NO_CANDIDATES = "This query has no ranking yet; the index is still being built."
NO_TRADEOFFS = (
    "Nothing is measured yet of what memory and time buy. This command measures it, once this page "
    "is closed, since one process works on a workspace at a time; it can be stopped and goes on "
    "where it was."
)
NO_BUDGET_FITS = "No setting fits this budget."
OTHER_TRADEOFFS = "measured with another model or corpus than this page's"
MEMORY_HEADING = ("Quality against memory", "a mark per compression, at the greatest depth")
TIME_HEADING = ("Quality against time", "a mark per depth, of what fits the budget")
NO_RUNS = (
    "No evaluation has ended yet in this workspace. One starts with the page; `python app.py "
    "evaluate` makes more, with another depth, prompt or compression."
)
FIRST_RUN = "The first evaluation is under way; its run appears here when it ends."
NEXT_RUN = "An evaluation is under way and is listed when it ends."
NO_COMMAND = "This run was saved before commands were kept with it; its receipt is below."
ONE_AT_A_TIME = (
    "Does the same without the page, from the checkout. One process works on a workspace at a "
    "time: stop the page first."
)
SLICES_WAIT = "This appears when the evaluation has ended."
NO_SLICES = (
    "No slice is large enough to hold against the rest; attributes in the manifest make slices."
)
NO_CHANGES = (
    "No attribute is known for both a query and its positives; columns such as azimuth or light in "
    "the manifest show how appearance change costs AP."
)
GROUPS_NOTE = (
    "Per group, the positives of the other groups are removed from the lists, as ILIAS does; "
    "queries without a positive in the group are skipped. A click opens the queries."
)
DROP_HINT = "Drop or paste an image to search with it"


def error_text(error: SecondLookError) -> str:
    """Return one sentence fit for the screen."""
    if isinstance(error, UnknownImageError):
        return "This image is not in the corpus or among the uploads any more; choose another one."
    return str(error) or "This did not work, and the error carries no text."
