"""The long work that the Pair screen asks for; parts read what it has found from the board."""

from core.errors import SettingsError
from ui.screens.pair.chosen import Pair, pair_of
from ui.screens.pair.trials import wished
from ui.selection import ViewState
from ui.shared.screen import Asked, Page
from ui.shared.wordings import MAX_COMPRESSION

NOTHING = "Choose a query first."


def ask_look(page: Page, state: ViewState, asked: Asked) -> str:
    """Score the pair in both orders, then its crops, then its attribution; return the job's key.

    Raises:
        SecondLookError: No pair is chosen, or there is no such pair.
    """
    return asked.start(page.workbench.work.look(_pair(page, state)), state)


def ask_attribution(page: Page, state: ViewState, asked: Asked) -> str:
    """Map the attribution, however long it takes; return the job's key.

    Raises:
        SecondLookError: No pair is chosen, or there is no such pair.
    """
    return asked.start(page.workbench.work.attribution(_pair(page, state)), state)


def ask_words(page: Page, state: ViewState, asked: Asked) -> str:
    """Let the model describe the pair; return the job's key.

    Raises:
        SecondLookError: No pair is chosen, or there is no such pair.
    """
    return asked.start(page.workbench.work.words(_pair(page, state)), state)


def ask_text_words(page: Page, state: ViewState, asked: Asked) -> str:
    """Score the pair without each word of the query's text; return the job's key.

    Raises:
        SecondLookError: No pair is chosen, or there is no such pair.
    """
    return asked.start(page.workbench.work.text_words(_pair(page, state)), state)


def ask_compressions(page: Page, state: ViewState, asked: Asked) -> str:
    """Try every compression that is worth a look; return the job's key.

    Raises:
        SecondLookError: No pair is chosen, or there is no such pair.
    """
    return asked.start(page.workbench.work.compressions(_pair(page, state)), state)


def ask_compression(page: Page, state: ViewState, asked: Asked) -> str:
    """Try the compression in the form; return the job's key.

    Raises:
        SecondLookError: None is written, no pair is chosen, or there is no such pair.
    """
    one = asked.texts.get("compression", "").strip()[:MAX_COMPRESSION]
    if not one:
        raise SettingsError("Write a compression first, such as divprune:16+int8.")
    return asked.start(page.workbench.work.compressions(_pair(page, state), (one,)), state)


def ask_wording(page: Page, state: ViewState, asked: Asked) -> str:
    """Try the wording in the form on the pair; return the job's key.

    Raises:
        SecondLookError: No pair is chosen, or there is no such pair.
    """
    prompt = wished(page.workbench, asked.texts)
    return asked.start(page.workbench.work.wordings(_pair(page, state), (prompt,)), state)


def ask_wordings(page: Page, state: ViewState, asked: Asked) -> str:
    """Try every known wording in both layouts on the pair; return the job's key.

    Raises:
        SecondLookError: No pair is chosen, there is no such pair, or a saved wording is damaged.
    """
    prompts = page.workbench.prompts.variants()
    return asked.start(page.workbench.work.wordings(_pair(page, state), prompts), state)


def ask_flips(page: Page, state: ViewState, asked: Asked) -> str:
    """Score the query's shortlist with the wording in the form; return the job's key.

    Raises:
        SecondLookError: No pair is chosen, or there is no such pair.
    """
    prompt = wished(page.workbench, asked.texts)
    return asked.start(page.workbench.work.flips(_pair(page, state), prompt, state.fusion), state)


def _pair(page: Page, state: ViewState) -> Pair:
    pair = pair_of(page, state)
    if pair is None:
        raise SettingsError(NOTHING)
    return pair
