"""The renderer's side: solids and rooms become scenes, and scenes become pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.recipes.rendered.backend import mi, use_one_core
from assets.recipes.rendered.denoise import denoise
from assets.recipes.rendered.layout import Layout, Pose
from assets.recipes.rendered.lights import Light
from assets.recipes.rendered.materials import colour, finish
from assets.recipes.rendered.meshes import Mesh, moved
from assets.recipes.rendered.rooms import Panel, Room
from assets.recipes.rendered.solids import Solid
from assets.recipes.rendered.surfaces import make_surface

AOVS = "uv:uv,shape:shape_index,face:prim_index,normal:sh_normal,depth:depth"
"""Channels of the first hits: u, v, number of the shape counted from 1, of the face, ..."""
OUTLINE = "shape:shape_index"
SKY_TO_ROOM = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""From the sky picture's axes (y up) to room space (z up)."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How much work a picture gets.

    Attributes:
        samples: paths per pixel.
        depth: longest path in segments.
        albedo_samples: samples of the surface colour per pixel, a square number.
        levels: passes of the noise filter.
    """

    samples: int
    depth: int
    albedo_samples: int
    levels: int


@dataclass(frozen=True, eq=False, slots=True)
class Geometry:
    """What each pixel's middle shows first.

    Attributes:
        owner: (H, W) int16, 0 the object, otherwise the number of the extra, -1 anything else.
        uv: (H, W, 2) float32 atlas coordinates on what `owner` names, 0 elsewhere.
        part: (H, W) int16 part of what `owner` names, -1 elsewhere.
        normal: (H, W, 3) float32 shading normals, 0 where nothing is hit.
        depth: (H, W) float32 distances, 0 where nothing is hit.
        outline: (H, W) the object as if nothing stood before it.
    """

    owner: NDArray[np.int16]
    uv: NDArray[np.float32]
    part: NDArray[np.int16]
    normal: NDArray[np.float32]
    depth: NDArray[np.float32]
    outline: NDArray[np.bool_]

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Return where the object is in sight."""
        return self.owner == 0

    def occluded(self) -> float:
        """Return the hidden share of the object's outline within the frame."""
        return 1 - float(self.mask.sum()) / max(1.0, float(self.outline.sum()))

    def clutter(self) -> int:
        """Return how many other objects fill over a thousandth of the frame."""
        counts = np.bincount(self.owner[self.owner > 0], minlength=1)
        return int((counts > 0.001 * self.owner.size).sum())


class Stage:
    """Holds what scenes share in one process: surfaces as materials, and known solids."""

    def __init__(self, seed: int, surface_px: int, pool_sizes: tuple[int, int]) -> None:
        use_one_core()
        self.pool_sizes = pool_sizes
        self._seed = seed
        self._surface_px = surface_px
        self._surfaces: dict[tuple[str, int], Any] = {}
        self._tones: dict[tuple[float, float, float], Any] = {}
        self.materials = lru_cache(maxsize=256)(_materials)

    def surface(self, panel: Panel) -> Any:  # noqa: ANN401
        """Return the panel's material."""
        if panel.surface < 0:
            if panel.tone not in self._tones:
                self._tones[panel.tone] = mi.load_dict(
                    {"type": "twosided", "bsdf": {"type": "diffuse",
                                                  "reflectance": colour(*panel.tone)}}
                )  # fmt: skip
            return self._tones[panel.tone]
        key = (panel.kind, panel.surface)
        if key not in self._surfaces:
            seed = self._seed + 3 * panel.surface + ("support", "wall", "view").index(panel.kind)
            picture, shiny = make_surface(seed, self._surface_px, panel.kind)
            gloss = shiny and panel.kind == "support" and seed % 5 < 3
            node = finish("satin" if gloss else "matte", _texture(picture, "mirror"))
            self._surfaces[key] = mi.load_dict({"type": "twosided", "bsdf": node})
        return self._surfaces[key]


def _texture(picture: NDArray[np.uint8], wrap: str = "repeat") -> Any:  # noqa: ANN401
    return mi.load_dict(
        {"type": "bitmap", "bitmap": mi.Bitmap(picture), "raw": False, "wrap_mode": wrap}
    )


def _materials(solid: Solid) -> tuple[Any, ...]:
    texture = _texture(np.ascontiguousarray(solid.atlas))
    return tuple(mi.load_dict(finish(piece.finish, texture)) for piece in solid.pieces)


def _shape(name: str, mesh: Mesh, material: Any) -> Any:  # noqa: ANN401
    properties = mi.Properties()
    properties["bsdf"] = material
    shape = mi.Mesh(
        name, len(mesh.positions), len(mesh.faces), has_vertex_normals=True,
        has_vertex_texcoords=True, props=properties,
    )  # fmt: skip
    fields = mi.traverse(shape)
    fields["vertex_positions"] = mesh.positions.ravel()
    fields["vertex_normals"] = mesh.normals.ravel()
    fields["vertex_texcoords"] = mesh.uv.ravel()
    fields["faces"] = mesh.faces.ravel()
    fields.update()
    return shape


def _panel_mesh(panel: Panel) -> Mesh:
    steps = np.array([[-1.0, -1], [1, -1], [-1, 1], [1, 1]])
    positions = panel.centre + steps[:, :1] * panel.right + steps[:, 1:] * panel.up
    normal = np.cross(panel.right, panel.up)
    normal /= np.linalg.norm(normal)
    uv = (steps * 0.5 + 0.5) * np.array(panel.repeats)
    faces = np.array([[0, 1, 2], [2, 1, 3]], dtype=np.uint32)
    return Mesh(
        positions.astype(np.float32), np.tile(normal, (4, 1)).astype(np.float32),
        uv.astype(np.float32), faces, np.zeros(2, dtype=np.int16),
    )  # fmt: skip


def _solid_shapes(stage: Stage, prefix: str, solid: Solid, pose: Pose) -> dict[str, Any]:
    materials = stage.materials(solid)
    return {
        f"{prefix}_{k}": _shape(f"{prefix}_{k}", moved(piece.mesh, pose.linear, pose.shift), made)
        for k, (piece, made) in enumerate(zip(solid.pieces, materials, strict=True))
    }


def _room_shapes(stage: Stage, room: Room) -> dict[str, Any]:
    return {
        f"room_{k}": _shape(f"room_{k}", _panel_mesh(panel), stage.surface(panel))
        for k, panel in enumerate(room.panels)
    }


def _lamps(light: Light) -> dict[str, Any]:
    lamps: dict[str, Any] = {
        "sky": {
            "type": "envmap", "bitmap": mi.Bitmap(np.ascontiguousarray(light.sky)),
            "to_world": mi.ScalarTransform4f(SKY_TO_ROOM),
        }
    }  # fmt: skip
    if light.sun is not None:
        towards, irradiance = light.sun
        lamps["sun"] = {
            "type": "directional", "direction": [float(-x) for x in towards],
            "irradiance": {"type": "rgb", "value": [float(x) for x in irradiance]},
        }  # fmt: skip
    return lamps


def _sensor(layout: Layout, samples: int) -> Any:  # noqa: ANN401
    camera = layout.camera
    width, height = camera.size_px
    pose = mi.ScalarTransform4f().look_at(
        origin=camera.origin.tolist(), target=camera.target.tolist(), up=camera.up.tolist()
    )
    kind = "stratified" if samples < 5 else "independent"
    sampler = {"type": kind, "sample_count": samples}
    if samples == 1:
        sampler["jitter"] = False
    return mi.load_dict(
        {"type": "perspective", "fov": camera.fov_deg, "fov_axis": "smaller", "to_world": pose,
         "near_clip": 0.01, "sampler": sampler,
         "film": {"type": "hdrfilm", "width": width, "height": height, "pixel_format": "rgb",
                  "rfilter": {"type": "box"}}}
    )  # fmt: skip


def _owner(name: str) -> int:
    if name.startswith("object_"):
        return 0
    return int(name.split("_")[0][5:]) if name.startswith("extra") else -1


def _render(scene: Any, sensor: Any, plugin: dict[str, Any], seed: int) -> NDArray[np.float32]:  # noqa: ANN401
    return np.array(mi.render(scene, sensor=sensor, integrator=mi.load_dict(plugin), seed=seed))


class Take:
    """One laid-out scene, ready to be surveyed and photographed."""

    def __init__(self, stage: Stage, layout: Layout) -> None:
        self._layout = layout
        self._object = _solid_shapes(stage, "object", layout.solid, layout.pose)
        nodes = {**self._object, **_room_shapes(stage, layout.room), **_lamps(layout.light)}
        for extra in layout.extras:
            nodes |= _solid_shapes(stage, f"extra{extra.number}", extra.solid, extra.pose)
        self._scene = mi.load_dict({"type": "scene", **nodes}, optimize=False)

    def survey(self) -> Geometry:
        """Return what each pixel's middle shows; cheap beside the photograph."""
        probe = _sensor(self._layout, 1)
        hits = _render(self._scene, probe, {"type": "aov", "aovs": AOVS}, 0)
        names = [shape.id() for shape in self._scene.shapes()]
        owners = np.array([-1] + [_owner(name) for name in names], dtype=np.int16)
        index = hits[..., 2].astype(np.int64)
        owner = owners[index]
        part = np.full(owner.shape, -1, dtype=np.int16)
        solids = {0: self._layout.solid} | {one.number: one.solid for one in self._layout.extras}
        for number, name in enumerate(names, start=1):
            if owners[number] >= 0:
                mine = index == number
                parts = solids[int(owners[number])].pieces[int(name.split("_")[1])].mesh.part
                part[mine] = parts[hits[..., 3][mine].astype(np.int64)]
        uv = np.where(owner[..., None] >= 0, hits[..., :2], np.float32(0))
        outline = self._outline(probe, owner == 0)
        return Geometry(owner, uv, part, hits[..., 4:7], hits[..., 7], outline)

    def _outline(self, probe: Any, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ANN401
        if not self._layout.extras and self._layout.room.name != "shelf":
            return mask
        alone = mi.load_dict({"type": "scene", **self._object}, optimize=False)
        shapes = _render(alone, probe, {"type": "aov", "aovs": OUTLINE}, 0)
        return shapes[..., 0] > 0

    def expose(self, geometry: Geometry, quality: Quality, seed: int) -> NDArray[np.float32]:
        """Return linear radiance (H, W, 3), its noise filtered.

        The albedo is a picture of its own: as a channel beside the paths it takes twice the time.
        """
        paths = {"type": "path", "max_depth": quality.depth, "rr_depth": 4}
        sensor = _sensor(self._layout, quality.samples)
        radiance = _render(self._scene, sensor, paths, seed)
        flat = _sensor(self._layout, quality.albedo_samples)
        albedo = _render(self._scene, flat, {"type": "aov", "aovs": "albedo:albedo"}, seed + 1)
        return denoise(radiance, albedo, geometry.normal, geometry.depth, quality.samples,
                       quality.levels)  # fmt: skip
