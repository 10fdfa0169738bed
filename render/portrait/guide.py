"""The guide: a picture of what the new portrait should look like, made before it is painted.

A figure of two lenders before the ground of a third (`render.portrait.figure`), a head from another painting laid over it
(`render.portrait.join`), and in that head a new face with eyes, nose and mouth of others, all on one new layout.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.colour import lab_to_rgb, rgb_to_lab
from data.parts import Part
from data.saving import save_arrays
from models.alignment import Frame
from models.view import View
from models.view_key import ViewKey
from models.warping import Warped, warped
from render.imaging.filters import soften
from render.portrait.cast import FACE_ROLES, Cast
from render.portrait.extended import extended
from render.portrait.face_areas import face_mask, feature_masks, fidelity, label_features
from render.portrait.figure.figure import Figure, FigureLayers
from render.portrait.hair_carried import hair_carried
from render.portrait.join import Joined, join
from render.portrait.join_faults import join_fault
from render.portrait.layout import Layout
from render.portrait.new_face import new_face
from render.portrait.photographed_head import in_the_masters_tones
from render.portrait.provenance import Provenance

_FACE_EDGE = 0.06           # the new face fades out before hair and ground over this sigma, outer eye distances
_FEATURE = 0.6              # more than this of a lent feature: the paint is its lender's
_NEW = 0.02                 # where more of the new face than this shows, the paint is nobody's


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
    join_faults : dict
        Points for how head and body meet, by name (`render.portrait.join_faults`).
    """

    colour: Float32[np.ndarray, "H W 3"]
    parts: UInt8[np.ndarray, "H W"]
    fidelity: Float32[np.ndarray, "H W"]
    landmarks: Float[np.ndarray, "68 2"]
    cast: dict[str, ViewKey]
    provenance: Provenance
    join_faults: dict[str, float] = field(default_factory=dict)

    def save(self, path: Path | str) -> None:
        """Write the guide as one .npz."""
        save_arrays(path, colour=self.colour.astype(np.float32), parts=self.parts, fidelity=self.fidelity,
                    landmarks=self.landmarks, cast=json.dumps(self.cast), join_faults=json.dumps(self.join_faults),
                    **self.provenance.arrays())

    @classmethod
    def load(cls, path: Path | str) -> "Guide":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as held:
            cast = {role: ViewKey(*view) for role, view in json.loads(str(held["cast"])).items()}
            provenance = Provenance.of_arrays(held, held["parts"].shape)
            join_faults = json.loads(str(held["join_faults"])) if "join_faults" in held else {}
            return cls(held["colour"], held["parts"], held["fidelity"], held["landmarks"], cast, provenance, join_faults)


def compose_guide(views: Sequence[View], layout: Layout, figure: Figure, cast: Cast, frame: Frame, rng: np.random.Generator, *,
                  fine: bool = True, layers: FigureLayers | None = None) -> Guide:
    """Put the guide together.

    Parameters
    ----------
    views : sequence of View
        Sitters both ways; like-posed ones shape the broad light and colour of the face.
    layout : Layout
        Of the face.
    figure : Figure
    cast : Cast
        From `choose_cast`.
    frame : Frame
        Of the portrait.
    rng : numpy.random.Generator
    fine : bool
        For a full portrait; False for a thumbnail, whose hair is cut out quickly.
    layers : FigureLayers, optional
        The figure's at that size, where they were built already.

    Returns
    -------
    Guide
    """
    landmarks, eye_px = layout.landmarks(frame), frame.eye_distance_px
    head = warped(cast["head"], landmarks, frame)
    if not cast.keeps_face:
        head = hair_carried(head, landmarks, figure.layout.hair, frame)
    joined = _with_head(head, layers or figure.layers(frame), views, layout, cast, frame, rng, fine=fine)
    lab, parts, provenance = joined.layer.lab, joined.layer.parts, joined.layer.provenance
    if not cast.keeps_face:
        face = face_mask(landmarks, frame) * soften(~np.isin(parts, (Part.HAIR, Part.BACKGROUND)), _FACE_EDGE * eye_px)
        lent = {role: head if role == "head" else warped(cast[role], landmarks, frame) for role in FACE_ROLES}
        fresh = new_face(lent, lab, face, views, layout, frame, rng)
        lab = lab * (1 - face[..., None]) + fresh * face[..., None]
        provenance = _with_features(provenance.without(face > _NEW), lent, face, layout, frame)
    parts = label_features(parts, landmarks)
    faults = join_fault(joined, landmarks, frame, head_light=cast["head"].light, body_light=cast["body"].light)
    return Guide(lab_to_rgb(lab), parts, fidelity(lab[..., 0], parts, landmarks, eye_px), landmarks,
                 {role: ViewKey(view.name, bool(view.mirrored)) for role, view in cast.items()}, provenance, faults)


def _with_head(head: Warped, layers: FigureLayers, views: Sequence[View], layout: Layout, cast: Cast, frame: Frame,
               rng: np.random.Generator, *, fine: bool) -> Joined:
    """The figure before its ground, with the head over it; a photographed one in the master's tones."""
    head_lab = None
    if cast.keeps_face:
        head_lab = in_the_masters_tones(rgb_to_lab(extended(head)), head.parts, views, layout, frame, rng)
    return join(head, layers.figure.layer, layers.ground, layout.landmarks(frame), frame, head_lab=head_lab,
                skin_lab=cast["body"].tones[Part.FACE], fine=fine)


def _with_features(provenance: Provenance, lent: Mapping[str, Warped], face: Float32[np.ndarray, "H W"], layout: Layout,
                   frame: Frame) -> Provenance:
    """Eyes, nose and mouth are their lenders' paint; the skin between them is nobody's."""
    bearded = layout.sitter.attributes.get("facial_hair", "none") != "none"
    for role, mask in feature_masks(layout.landmarks(frame), frame, bearded=bearded).items():
        view = lent[role].view
        wholly = (mask > _FEATURE) & (face > _FEATURE) & lent[role].valid
        provenance = provenance.covered(wholly, ViewKey(view.name, bool(view.mirrored)), lent[role].field)
    return provenance
