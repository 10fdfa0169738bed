"""The guide: a picture of what the new portrait should look like, made before it is painted.

It combines a scene (clothing, hands, ground) from one painting, a head (hair, headwear, beard) from a second, and a new face,
all warped to one new layout. The parts meet along seams of least difference and are blended in bands of frequency.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.colour import lab_to_rgb, rgb_to_lab
from data.parts import FACE_PARTS, Part
from data.saving import save_arrays
from models.alignment import Frame
from models.view import View
from models.view_key import ViewKey
from models.warping import warped
from render.imaging.blending import blend_bands
from render.imaging.filters import soften
from render.portrait.cast import Cast
from render.portrait.face_areas import face_mask, fidelity, label_features, polygon_mask
from render.portrait.head_in_scene import same_ground, same_skin, without_head
from render.portrait.layout import Layout
from render.portrait.new_face import new_face
from render.portrait.photographed_head import person_mask, photographed_head
from render.portrait.provenance import Provenance
from render.portrait.seam import extended, head_seam, vacated

_SEAM_WIDTH_PX = 320        # of the frame in which the seam is sought, whatever the size of the portrait
_GAP_BLUR = 0.06            # paintings are compared along the seam without their strokes: sigma, outer eye distances
_WHOLLY = 0.02              # where so little of a layer shows, its paint does not count; so little missing, it is alone
_FACE_EDGE = 0.06           # the new face fades out before hair and ground over this sigma, outer eye distances


@dataclass(frozen=True, eq=False)
class Guide:
    """What the portrait should look like.

    Attributes
    ----------
    colour : (H, W, 3) float32
        sRGB in [0, 1].
    parts : (H, W) uint8
        `data.parts.Part`.
    fidelity : (H, W) float32
        How closely paint should follow: 1 ordinary, more at eyes and lips.
    landmarks : (68, 2) float64
        In texels.
    cast : dict of ViewKey
        Who lends what: role -> view of the bank.
    provenance : Provenance
        Whose paint it shows at each texel.
    seam : float
        How far (CIE Lab) the head's painting still differs from the scene's where they meet.
    """

    colour: Float32[np.ndarray, "H W 3"]
    parts: UInt8[np.ndarray, "H W"]
    fidelity: Float32[np.ndarray, "H W"]
    landmarks: Float[np.ndarray, "68 2"]
    cast: dict[str, ViewKey]
    provenance: Provenance
    seam: float = 0.0

    def save(self, path: Path | str) -> None:
        """Write the guide as one .npz."""
        save_arrays(path, colour=self.colour.astype(np.float32), parts=self.parts, fidelity=self.fidelity,
                    landmarks=self.landmarks, cast=json.dumps(self.cast), seam=self.seam, **self.provenance.arrays())

    @classmethod
    def load(cls, path: Path | str) -> "Guide":
        """Read what `save` wrote; files of earlier versions, which did not hold the seam, give 0 for it."""
        with np.load(path, allow_pickle=False) as held:
            cast = {role: ViewKey(*view) for role, view in json.loads(str(held["cast"])).items()}
            provenance = Provenance.of_arrays(held, held["parts"].shape)
            return cls(held["colour"], held["parts"], held["fidelity"], held["landmarks"], cast, provenance,
                       float(held["seam"]) if "seam" in held else 0.0)


def compose_guide(views: Sequence[View], layout: Layout, cast: Cast, frame: Frame, rng: np.random.Generator) -> Guide:
    """Put the guide together.

    Parameters
    ----------
    views : sequence of View
        Sitters both ways; like-posed ones shape the broad light and colour of the face.
    layout : Layout
    cast : Cast
        From `choose_cast`.
    frame : Frame
    rng : numpy.random.Generator

    Returns
    -------
    Guide
    """
    landmarks, eye_px = layout.landmarks(frame), frame.eye_distance_px
    scene, head = warped(cast["scene"], landmarks, frame), warped(cast["head"], landmarks, frame)
    scene_lab, head_lab = rgb_to_lab(vacated(scene, eye_px)), rgb_to_lab(extended(head))
    seam_xy = head_seam(cast["scene"], cast["head"], layout, frame.scaled(_SEAM_WIDTH_PX))
    seam_xy = seam_xy * (frame.width_px / _SEAM_WIDTH_PX)
    inside_head = polygon_mask(seam_xy, frame)
    if cast.keeps_face:
        person = person_mask(head.parts, eye_px)
        inside_head = inside_head * person
        head_lab = photographed_head(head_lab, head.parts, person, scene_lab, cast["scene"], views, layout, frame, rng)
    else:
        head_lab = same_skin(head_lab, head.parts, cast["head"].tones[Part.FACE], cast["scene"], eye_px)
    head_lab = same_ground(head_lab, scene_lab, inside_head, head.parts, eye_px)
    lab = blend_bands(head_lab, scene_lab, inside_head, levels=_levels(eye_px))
    provenance = Provenance.nobody(scene.parts.shape)
    below = (inside_head < _WHOLLY) & ~np.isin(scene.parts, (Part.HAIR, *FACE_PARTS))
    for lent, where in ((scene, below), (head, inside_head > 1 - _WHOLLY)):
        provenance = provenance.covered(where & lent.valid, ViewKey(lent.view.name, bool(lent.view.mirrored)), lent.field)
    parts = np.where(inside_head > 0.5, head.parts, without_head(scene.parts))
    if not cast.keeps_face:
        face = face_mask(landmarks, frame) * soften(~np.isin(parts, (Part.HAIR, Part.BACKGROUND)), _FACE_EDGE * eye_px)
        lent = {role: head if role == "head" else warped(view, landmarks, frame)
                for role, view in cast.items() if role != "scene"}
        fresh = new_face(lent, head_lab, face, views, layout, frame, rng)
        lab = lab * (1 - face[..., None]) + fresh * face[..., None]
        provenance = provenance.without(face > _WHOLLY)
    parts = label_features(parts, landmarks)
    return Guide(lab_to_rgb(lab), parts, fidelity(lab[..., 0], parts, landmarks, eye_px), landmarks,
                 {role: ViewKey(view.name, bool(view.mirrored)) for role, view in cast.items()}, provenance,
                 _gap_along(seam_xy, head_lab, scene_lab, frame))


def _levels(eye_px: float) -> int:
    """Number of frequency bands for blending: the broadest is about as wide as an eye."""
    return max(2, int(np.log2(max(eye_px, 8))) - 2)


def _gap_along(seam_xy: Float[np.ndarray, "N 2"], head_lab: Float32[np.ndarray, "H W 3"],
               scene_lab: Float32[np.ndarray, "H W 3"], frame: Frame) -> float:
    """How far the two paintings differ along the seam, CIE Lab."""
    gap = np.linalg.norm(cv2.GaussianBlur(head_lab - scene_lab, (0, 0), _GAP_BLUR * frame.eye_distance_px), axis=-1)
    along = np.clip(np.round(seam_xy).astype(int), 0, np.array(frame.size_px) - 1)
    return float(gap[along[:, 1], along[:, 0]].mean())
