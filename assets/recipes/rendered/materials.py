"""What the finishes are made of, as scene dictionaries of the renderer."""

from __future__ import annotations

from typing import Any

Node = dict[str, Any]
"""A scene dictionary of the renderer: plug-in type and parameters."""


def colour(red: float, green: float, blue: float) -> Node:
    """Return a plain colour; linear reflectance in [0, 1]."""
    return {"type": "rgb", "value": [red, green, blue]}


def _coated(texture: object, roughness: float, specular: float) -> Node:
    return {
        "type": "principled", "base_color": texture, "roughness": roughness, "specular": specular,
    }  # fmt: skip


def finish(name: str, texture: object) -> Node:
    """Return the material of a finish.

    Args:
        name: one of solids.FINISHES.
        texture: the atlas as a texture object or dictionary.
    """
    if name == "metal":
        return {"type": "principled", "base_color": texture, "metallic": 0.92, "roughness": 0.28}
    if name == "foil":
        return {"type": "principled", "base_color": texture, "metallic": 0.45, "roughness": 0.32,
                "specular": 0.6}  # fmt: skip
    if name == "gloss":
        return {"type": "plastic", "diffuse_reflectance": texture, "int_ior": 1.5}
    if name == "satin":
        return _coated(texture, 0.42, 0.5)
    return {"type": "diffuse", "reflectance": texture}
