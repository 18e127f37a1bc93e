"""What the Pair screen shows: two pictures, what carried their score, what would change it."""

from ui.screens.pair import words
from ui.screens.pair.asked import (
    ask_attribution,
    ask_compression,
    ask_compressions,
    ask_flips,
    ask_look,
    ask_text_words,
    ask_wording,
    ask_wordings,
    ask_words,
)
from ui.screens.pair.chosen import of_pair, of_place
from ui.screens.pair.look import show_anatomy, show_attribution, show_terms, show_words
from ui.screens.pair.matches import show_matches
from ui.screens.pair.pictures import show_lineage, show_pictures, show_top
from ui.screens.pair.routes import add_routes
from ui.screens.pair.similarity import show_similarity
from ui.screens.pair.text import show_text
from ui.screens.pair.trials import show_compressions, show_form, show_trials
from ui.shared.screen import Job, Part, Screen

_PAIR = "pair ranking"
_RANKED = ("outcomes", "score")
"""What may change the ranks, and the first candidate where none is named."""
_LOOKED = (*_RANKED, "look")

SCREEN = Screen(
    "pair",
    (
        Part("top", show_top, _PAIR, _RANKED),
        Part("pictures", of_place(show_pictures), _PAIR, _RANKED),
        Part("terms", of_place(show_terms), _PAIR, _RANKED),
        Part("attribution", of_pair(show_attribution), _PAIR, (*_LOOKED, "attribution")),
        Part("lineage", of_pair(show_lineage), _PAIR, _LOOKED),
        Part("anatomy", of_place(show_anatomy), _PAIR, _LOOKED),
        Part("similarity", of_pair(show_similarity), _PAIR, _LOOKED, is_later=True),
        Part("matches", of_pair(show_matches), _PAIR, _RANKED, is_later=True),
        Part("text", of_pair(show_text), _PAIR, (*_RANKED, "text_words"), is_later=True),
        Part("words", of_pair(show_words), _PAIR, (*_RANKED, "words")),
        Part("compressions", of_pair(show_compressions), _PAIR, (*_RANKED, "compressions")),
        Part("form", show_form, "", ()),
        Part("trials", of_pair(show_trials), _PAIR, (*_RANKED, "wordings", "flips")),
    ),
    words,
    (
        Job("look", ask_look),
        Job("attribution", ask_attribution),
        Job("words", ask_words),
        Job("text_words", ask_text_words),
        Job("compressions", ask_compressions),
        Job("compression", ask_compression),
        Job("wording", ask_wording),
        Job("wordings", ask_wordings),
        Job("flips", ask_flips),
    ),
    add_routes,
)
