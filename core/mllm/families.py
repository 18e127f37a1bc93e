"""The families of image-text models that the engine can run, as a table of their differences."""

from dataclasses import dataclass

from core.errors import ModelError


@dataclass(frozen=True, slots=True)
class Family:
    """What the engine must know of one family beyond transformers' common interface.

    `encoder_inputs` are the image processor's outputs that `get_image_features` takes; it answers
    with one (T, C) tensor per image, images of one call not seeing each other. `grid_input` is
    the one with rows (time, height, width) in patches; `merge_size` patches a side become a token.
    """

    model_type: str
    title: str
    example: str
    encoder_inputs: tuple[str, ...]
    grid_input: str


FAMILIES: tuple[Family, ...] = (
    Family(
        model_type="qwen2_5_vl",
        title="Qwen2.5-VL",
        example="Qwen/Qwen2.5-VL-3B-Instruct",
        encoder_inputs=("pixel_values", "image_grid_thw"),
        grid_input="image_grid_thw",
    ),
)


def family_of(model_type: str, name: str) -> Family:
    """Return the row of the table for a configuration's `model_type`.

    Raises:
        ModelError: The model `name` belongs to no family of the table.
    """
    for family in FAMILIES:
        if family.model_type == model_type:
            return family
    known = ", ".join(f"{family.title} (such as {family.example})" for family in FAMILIES)
    raise ModelError(
        f"Model {name} is of the family '{model_type}', which Second Look cannot run; "
        f"choose a model of {known}."
    )
