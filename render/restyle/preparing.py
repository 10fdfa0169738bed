"""A picture prepared for painting: faces found, parts labelled, the masters' works chosen and learned from."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.errors import CorpusError, NoFaceError, ShapeError, UsageError
from features.picture import attributes_of_faces, find_faces, parts_of_faces
from render.restyle.choosing import most_similar, nearest_in_colour
from render.restyle.engines import engine_named
from render.restyle.lenders import Master
from render.restyle.scene import LEAST_PX, Scene
from render.restyle.settings import RestyleSettings


def prepare(rgb: Float32[np.ndarray, "H W 3"], masters: Sequence[Master], settings: RestyleSettings, *,
            faces: Sequence[Float[np.ndarray, "68 2"]] | None = None, regions: UInt8[np.ndarray, "H W"] | None = None,
            like: Scene | None = None) -> Scene:
    """Find faces, label parts, choose lenders, learn what the engine needs.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
    masters : sequence of Master
    settings : RestyleSettings
    faces : sequence of (68, 2), optional
        Landmarks, the largest face first; looked for if not given. Empty: paint it as a picture without faces.
    regions : (H, W) uint8, optional
        Number of the master that holds at each place.
    like : Scene, optional
        A scene of the same shot, whose choice of works and what was learned of them are taken over.

    Returns
    -------
    Scene

    Raises
    ------
    ShapeError
        A picture too small, or regions that do not fit it.
    UsageError
        Settings or weights that cannot be meant.
    CorpusError
        A master without paintings.
    NoFaceError
        No face, where `settings.faces` asks for one.
    """
    settings.check()
    masters = tuple(masters)
    _check_picture(rgb)
    _check_masters(masters, settings.engine)
    _check_regions(regions, rgb, len(masters))
    rgb = np.ascontiguousarray(rgb, np.float32)
    if settings.engine == "fast":  # knows no faces and no parts
        return Scene(rgb, masters, settings, [], np.zeros(rgb.shape[:2], np.uint8), False, regions)
    faces = _faces(rgb, settings) if faces is None else list(faces)
    if settings.faces == "yes" and not faces:
        raise NoFaceError("no face was found in this picture, but one was asked for: give a picture with a larger or "
                          "clearer face, or leave it to Atelier (faces: auto)")
    parts_known = bool(faces) and any(lender.landmarks_xy is not None for each in masters for lender in each.lenders)
    attributes = attributes_of_faces(rgb, faces)
    parts = parts_of_faces(rgb, faces, attributes)
    if like is not None and like.parts_known == parts_known:
        return replace(like, rgb=rgb, faces=faces, parts=parts, regions=regions)
    if parts_known:
        masters = tuple(replace(each, most_similar=most_similar(each.lenders, faces[0], attributes[0])) for each in masters)
    else:
        masters = tuple(replace(each, lenders=nearest_in_colour(each.lenders, rgb)) for each in masters)
    return engine_named(settings.engine).prepare(Scene(rgb, masters, settings, faces, parts, parts_known, regions))


def _faces(rgb: Float32[np.ndarray, "H W 3"], settings: RestyleSettings) -> list[Float[np.ndarray, "68 2"]]:
    return [] if settings.faces == "no" else find_faces(rgb)


def _check_picture(rgb: np.ndarray) -> None:
    if rgb.ndim != 3 or rgb.shape[2] != 3 or min(rgb.shape[:2]) < LEAST_PX:
        raise ShapeError(f"a photograph must be RGB and have at least {LEAST_PX} pixels a side, got {rgb.shape[1]} x "
                         f"{rgb.shape[0]}")


def _check_masters(masters: tuple[Master, ...], engine: str) -> None:
    if not masters or any(each.network is None and not each.lenders for each in masters):
        raise CorpusError("a style needs at least one painting to learn from, got none")
    if not all(np.isfinite(each.weight) and each.weight > 0 for each in masters):
        raise UsageError(f"weights of masters must be above 0, got {', '.join(f'{each.weight:g}' for each in masters)}")
    if any((each.network is None) == (engine == "fast") for each in masters):
        raise UsageError("the fast engine takes networks trained with `atelier learn --fast`, the others take paintings: "
                         f"the engine is {engine}")


def _check_regions(regions: np.ndarray | None, rgb: np.ndarray, masters: int) -> None:
    if regions is not None and (regions.shape != rgb.shape[:2] or int(regions.max()) >= masters):
        raise ShapeError(f"the mask must have the picture's size, {rgb.shape[1]} x {rgb.shape[0]}, and name no more than "
                         f"{masters} masters, got {regions.shape[1]} x {regions.shape[0]} and {int(regions.max()) + 1}")
