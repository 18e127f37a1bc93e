"""The text that the tokenizer is trained on: prompts, answers and everyday English."""

from __future__ import annotations

from core.mllm.prompts import NO_WORDS, PRESETS, YES_WORDS

PLAIN_PRESETS = {name: one for name, one in PRESETS.items() if not one.reads_text}
"""The questions that the model is made for: those about two images and nothing else."""
SYSTEM = "You are a helpful assistant."
ROLES = ("system", "user", "assistant")
QUESTIONS = (
    "Is the object in the first image also in the second image?",
    "Are these two photos of the same thing? Answer yes or no.",
    "Does the second picture show the item from the first picture? Reply yes or no.",
    "Do both images contain the same building, painting or product? Answer with one word.",
)
ENGLISH = """
the of and to in is that it was for on are as with his they at be this from have or by one had not
but what all were when we there can an your which their said if do will each about how up out them
then she many some so these would other into has more her two like him see time could no make than
first been its who now people my made over did down only way find use may water long little very
after words called just where most know get through back much before go good new write our used me
man too any day same right look think also around another came come work three word must because
does part even place well such here take why things help put years different away again off went
old number great tell men say small every found still between name should home big give air line
set own under read last never us left end along while might next sound below saw something thought
both few those always looked show large often together asked house world going want school important
until form food keep children feet land side without boy once animals life enough took sometimes
four head above kind began almost live page got earth need far hand high year mother light parts
country father let night following picture being study second eyes soon times story boys since white
days ever paper hard near sentence better best across during today others however sure means knew
try told young miles sun ways thing whole hear example heard several change answer room sea against
top turned learn point city play toward five using himself usually image images photo photos object
objects instance landmark product artwork painting logo label brand can bottle jar box carton book
bag tube toy plate mug tin colour color red green blue yellow black orange brown purple pink grey
left right front behind under visible occluded cluttered rotated view camera lens museum shop street
tower bridge church statue card stamp shoe shirt chair table lamp phone car bike dog cat flower tree
question confident certain maybe probably compare identical similar different match matches matching
"""
DIGITS = "0 1 2 3 4 5 6 7 8 9 10 12 20 24 50 100 1921 2026"
REPEATS = 40
"""How often prompts and answers are repeated so that their words become single tokens."""


def corpus() -> list[str]:
    """Return the lines that the tokenizer is trained on."""
    prompts = [prompt.question for prompt in PLAIN_PRESETS.values()] + list(QUESTIONS)
    chat = [f"{role}\n" for role in ROLES] + [SYSTEM, *YES_WORDS, *NO_WORDS]
    plain = ENGLISH.split()
    lines = (prompts + chat) * REPEATS
    lines += [" " + word for word in plain] * 4 + plain + [word.capitalize() for word in plain]
    return lines + DIGITS.split() * 4
