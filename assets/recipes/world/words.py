"""Made-up brands and plain product words for labels."""

from __future__ import annotations

from numpy.random import Generator

ONSETS = (
    "b", "br", "c", "ch", "d", "dr", "f", "fl", "g", "gr", "h", "j", "k", "kl", "l", "m", "n", "p",
    "pl", "r", "s", "sh", "st", "t", "tr", "v", "w", "z",
)  # fmt: skip
VOWELS = ("a", "e", "i", "o", "u", "ai", "oo", "ea", "io")
CODAS = ("", "", "", "n", "r", "l", "x", "s", "m", "k", "t", "nd", "sk")
FOODS = (
    "tomato soup", "green tea", "dark roast", "wild honey", "olive oil", "sea salt",
    "corn flakes", "oat milk", "apple juice", "lemon soda", "plum jam", "hot mustard",
    "rye crisps", "soft soap", "mint gum", "cocoa", "rice noodles", "pea protein", "ginger ale",
    "fig spread", "fish stew", "sweet chili", "maple syrup", "sour cream", "wheat beer",
    "almond butter", "hand cream", "sun lotion", "floor wax", "clear glue",
)  # fmt: skip
BADGES = (
    "NEW", "BIO", "XL", "FRESH", "No 1", "50%", "ECO", "PRO", "HOT", "ZERO", "+20%", "PURE",
)  # fmt: skip
SMALL = (
    "since 1921", "net wt 250 g", "made with care", "family size", "store in a cool place",
    "shake well", "500 ml", "best before", "original recipe", "for daily use", "limited edition",
    "volume two",
)  # fmt: skip


def brand(rng: Generator) -> str:
    """Return a pronounceable word of one to three syllables that no dictionary holds."""
    syllables = []
    for _ in range(int(rng.choice([2, 2, 2, 3]))):
        onset = ONSETS[rng.integers(len(ONSETS))]
        vowel = VOWELS[rng.integers(len(VOWELS))]
        syllables.append(onset + vowel)
    word = "".join(syllables) + CODAS[rng.integers(len(CODAS))]
    style = rng.integers(3)
    return word.upper() if style == 0 else word.capitalize() if style == 1 else word


def pick(rng: Generator, words: tuple[str, ...]) -> str:
    """Return one of the words."""
    return words[int(rng.integers(len(words)))]
