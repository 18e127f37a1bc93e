"""Every sentence of the screen that is not a number: empty, waiting, partial and error states."""

from core.errors import SecondLookError, UnknownImageError
from core.types import number_text
from core.types.states import NO_LABELS

NO_QUERY = "Choose a query on the left, or drop or paste any image to search with it."
NO_QUERIES = "This corpus has no queries. Drop or paste an image to search with it."
NO_MATCHING_QUERIES = "No query fits this filter."
NO_INDEX = "The index is not built yet; the ranking appears as soon as it is ready."
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
NO_OUTCOMES = "Not scored yet under this setting; the first numbers appear with the first scores."
NO_GROUND_TRUTH = NO_LABELS
WITHHELD = number_text.WITHHELD
UNSCORED = "not scored yet"
UNSCORED_THERE = "this scorer has no score for the pair, which keeps its place"
BEYOND_DEPTH = "beyond the depth"
PREPARATION_DONE = "All queries are evaluated."
SCATTER_HEADING = (
    "AP before against AP after",
    "above the diagonal re-ranking helped; a click opens the query",
)
STAGES_HEADING = ("mAP per stage", "of the order that each stage leaves")
PROTOCOL_HEADING = (
    "The benchmark's own numbers",
    "as its official evaluator measures them",
)
RELIABILITY_HEADING = (
    "Is the probability right?",
    "said against found, 15 bins; on the diagonal it is",
)
MOVES_HEADING = "Positives that moved most"
NO_MOVES_YET = "This appears with the first scores."
NOTHING_MOVED = "These two put the same number of negatives above every positive."
NOTHING_SHARED = "No positive is scored by both; choose another pair of scorers."
NO_RESCUE = "Re-ranking rescued no query so far: no AP rose by {change:g} or more."
NO_HARM = "Re-ranking harmed no query so far: no AP fell by {change:g} or more."
BY_LOOKING = "Depth, λ or γ was set beside these numbers; p is not corrected for that choice."
NO_FURTHER = "There is no further {kind}."
MEANS_MAP = (
    "How high the right images stand, as a mean over the queries: 1 where all of them come first."
)
MEANS_BEFORE = "mAP of the descriptor's order."
MEANS_AFTER = "mAP of the order after re-ranking."
MEANS_CHANGE = (
    "After minus before; p is how often chance alone gives a change as large, for all metrics "
    "together."
)
MEANS_ORACLE = "mAP of a perfect order of the same candidates; no second stage reaches more."
MEANS_R1 = "Share of the queries whose first image is right."
MEANS_CLASSES = "Queries whose AP rose, and fell, by {change:g} or more."
MEANS_TIME = "Computing time of one query's pairs; scores that are read from the cache take none."
MEANS_BYTES = "Kept on disk of a database image, so that it is never encoded again."
NO_THIRD = (
    "A third strip shows another scorer beside these two. This workspace holds no other scores "
    "yet: evaluate with another compression or prompt, or import another re-ranker's scores."
)
NOTHING_OF_THIRD = "This scorer has scored none of these pairs: the order is the descriptor's."
NO_QUEUE = "Choose what to judge. One pair at a time, by keyboard; every answer is saved at once."
NO_SELECTION = (
    "Your selection is empty: on the Queries screen choose a card and press A to add its pair."
)
NO_DISPUTED = "No two authors have given different verdicts on the same pair yet."
NO_HARD = "No pair here: no negative stands above a positive in these queries."
NO_MINED = "No pair fits this queue's rule."
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
OTHER_TRADEOFFS = "measured with another model, prompt or corpus than this page's"
MEMORY_HEADING = ("Quality against memory", "a mark per compression, at the greatest depth")
TIME_HEADING = ("Quality against time", "a mark per depth, of what fits the budget")
NO_RUNS = (
    "No evaluation has ended yet in this workspace. One starts with the page; `python app.py "
    "evaluate` makes more, with another depth, prompt or compression."
)
FIRST_RUN = "The first evaluation is under way; its run appears here when it ends."
NEXT_RUN = "An evaluation is under way and is listed when it ends."
PART_FAILED = "This part could not be shown; the server's log says why."
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
TIPPED_NOTE = "The term in which the intruder exceeds the best positive most."
TIPPED_REST = (
    "The others are left out: the last stage did not score one of the two, or no term speaks for "
    "the intruder."
)
GROUPS_NOTE = (
    "Per group, the positives of the other groups are removed from the lists, as ILIAS does; "
    "queries without a positive in the group are skipped. A click opens the queries."
)
NO_INDEX_TO_MAP = "The index is still being built; the map appears as soon as it is ready."
MAP_HINT = "A line drawn around queries makes them a slice; a click on a query joins its positives."
MAP_NOTHING_JOINED = (
    "Nothing is joined: click a query mark, or select some, to see their positives."
)
UMAP_NOTE = (
    "UMAP on cosines (seed 0): it keeps neighbours together; distances between groups, and how "
    "dense one is, mean nothing."
)
NO_SELECTIONS = (
    "No selection is kept yet: draw a line around queries, and they become a slice here."
)
SELECTIONS_NOTE = (
    "effect: mean AP after of the selection minus that of all other evaluated queries, with its "
    "95 % bootstrap interval over instances, not corrected: the queries were chosen by looking."
)
DROP_HINT = "Drop or paste an image to search with it"
NO_SUCH_IMAGE = "This image is not in the corpus or among the uploads any more; choose another one."


def error_text(error: SecondLookError) -> str:
    """Return one sentence fit for the screen."""
    if isinstance(error, UnknownImageError):
        return NO_SUCH_IMAGE
    return str(error) or "This did not work, and the error carries no text."
