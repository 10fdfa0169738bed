"""A head joined to a body: layers of real paint, each with its own edge, in one tone.

From back to front: the ground; the body with its neckline and collar; where the body shows no neck, the neck of the head's
own painting; the head with face, beard, hair and hat. Nothing is mixed but within the soft edges of hair and cloth.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from data.colour import rgb_to_lab
from data.landmarks import CHIN, OUTER_LIP
from data.parts import FACE_PARTS, Part
from models.alignment import Frame
from models.view_key import ViewKey
from models.warping import Warped
from render.imaging.filters import soften
from render.portrait.beard import beard_below_jaw
from render.portrait.extended import extended
from render.portrait.face_areas import disc, odd_size
from render.portrait.hair import only_hair
from render.portrait.layer import Layer
from render.portrait.matte import Matte, head_matte
from render.portrait.neck import Necks, choose_neck, gap_below_jaw, in_tune, without_gap
from render.portrait.provenance import Provenance
from render.portrait.skin import Tuned, skin_share, skin_tone, tuned

_BODY_EDGE = 0.015          # sigma of a body's outline, outer eye distances
_SHOWS = 0.12               # with more than this of a layer the paint counts as its own: mixed soft edges are kept as they are
_SHADE = 0.22               # share of lightness that a beard or a jaw takes from what lies right below it
_SHADE_DOWN, _SHADE_EDGE = 0.05, 0.10   # that shade's shift and sigma, outer eye distances


# A body without its head, outer eye distances: what is cut out around a beard; holes and shreds as wide as this go, shreds
# down to so far below the chin.
_BEARD_GROWN, _CLOSED, _SHRED, _SHREDS_DOWN = 0.06, 0.06, 0.09, 1.0


@dataclass(frozen=True, eq=False)
class Joined:
    """A figure with its head.

    Attributes
    ----------
    layer : Layer
        The whole picture. Texels that mix two paintings' paint at a soft edge count as the upper one's.
    head : (H, W) float32
        How much of each texel is the head.
    own_neck : (H, W) float32
        1 where the neck of the head's painting is seen.
    skin_shift_lab : (3,) float32
        What was added to the body's skin, hands included.
    """

    layer: Layer
    head: Float32[np.ndarray, "H W"]
    own_neck: Float32[np.ndarray, "H W"]
    skin_shift_lab: Float32[np.ndarray, " 3"]


def join(head: Warped, body: Layer, ground: Layer, landmarks: Float[np.ndarray, "68 2"], frame: Frame, *,
         head_lab: Float32[np.ndarray, "H W 3"] | None = None, skin_lab: Float[np.ndarray, " 3"] | None = None,
         fine: bool = True) -> Joined:
    """Lay a head over a body.

    Parameters
    ----------
    head : Warped
        The head's painting on the layout.
    body : Layer
        Clothing, collar, neck and hands without the lender's own head, hair and beard (`without_beard`).
    ground : Layer
        Covers the whole frame.
    landmarks : (68, 2)
        The layout, texels of `frame`.
    frame : Frame
    head_lab : (H, W, 3) float32, optional
        CIE Lab of the head's painting where it was changed (a photograph in the master's tones).
    skin_lab : (3,) float, optional
        Tone of the body's own skin, best that of its lender's face; None: measured on its neck, or left alone.
    fine : bool
        For a full portrait; False for a thumbnail, in half the time.

    Returns
    -------
    Joined
    """
    eye_px = frame.eye_distance_px
    lab = rgb_to_lab(extended(head)) if head_lab is None else head_lab
    beard = bearded_below(head, landmarks, eye_px)
    rough = only_hair(lab, head.parts, _whole_head(head, beard), landmarks, eye_px)
    tones = _tuned(lab, head, body, landmarks, skin_lab, eye_px)
    matte = head_matte(tones.head_lab, rough, np.isin(head.parts, FACE_PARTS) & ~_near(beard, eye_px), head.valid, eye_px,
                       fine=fine)
    under, own_neck, solid = _below_head(tones, head, beard, matte, body, ground, landmarks, eye_px)
    alpha = matte.alpha[..., None]
    whole = (matte.lab * alpha + under * (1 - alpha)).astype(np.float32)
    layer = Layer(whole, _parts(head, beard, matte, own_neck, solid, body, ground), np.ones(solid.shape, bool),
                  _provenance(head, matte, own_neck, solid, body, ground))
    return Joined(layer, matte.alpha, own_neck, tones.body_shift_lab)


def bearded_below(seen: Warped, landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> Bool[np.ndarray, "H W"]:
    """Where a painting's sitter has a beard beyond the jaw; nowhere for those who wear none.

    Parameters
    ----------
    seen : Warped
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    if seen.view.value("facial_hair", "none") != "beard":
        return np.zeros(seen.parts.shape, bool)
    return beard_below_jaw(rgb_to_lab(seen.colour), seen.parts, seen.valid, landmarks, eye_px)


def without_head(seen: Warped, landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> Bool[np.ndarray, "H W"]:
    """Where a painting shows its sitter's body, without head, hair and beard and without shreds of them.

    Parameters
    ----------
    seen : Warped
    landmarks : (68, 2)
        Texels.
    eye_px : float
        Outer eye distance, texels.
    """
    below = bearded_below(seen, landmarks, eye_px)
    beard = cv2.dilate(below.astype(np.uint8), disc(odd_size(_BEARD_GROWN * eye_px))) > 0
    own_head = only_hair(rgb_to_lab(seen.colour), seen.parts, _whole_head(seen, below), landmarks, eye_px)
    # What was taken for hair, but is not of the head, is fur or cloth below the chin.
    low = np.arange(beard.shape[0])[:, None] > landmarks[CHIN, 1]
    body = (np.isin(seen.parts, (Part.NECK, Part.CLOTHING)) | ((seen.parts == Part.HAIR) & low)) & ~(beard | own_head)
    body = cv2.morphologyEx((body & seen.valid).astype(np.uint8), cv2.MORPH_CLOSE, disc(odd_size(_CLOSED * eye_px)))
    body[beard | own_head | np.isin(seen.parts, FACE_PARTS) | ((seen.parts == Part.HAIR) & ~low) | ~seen.valid] = 0
    whole = cv2.morphologyEx(np.pad(body, 9, mode="edge"), cv2.MORPH_OPEN, disc(odd_size(_SHRED * eye_px)))[9:-9, 9:-9]
    high = np.arange(body.shape[0])[:, None] < landmarks[CHIN, 1] + _SHREDS_DOWN * eye_px
    body = np.where(high, whole, body).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(body)
    return labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()) if count > 1 else body > 0


def _near(mask: Bool[np.ndarray, "H W"], eye_px: float) -> Bool[np.ndarray, "H W"]:
    return cv2.dilate(mask.astype(np.uint8), disc(odd_size(0.12 * eye_px))) > 0


def _whole_head(head: Warped, beard: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    """Face, hair, beard and hat in one piece: what is apart from the face is left out."""
    rough = ((np.isin(head.parts, (Part.HAIR, *FACE_PARTS)) & head.valid) | beard).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(rough, connectivity=4)
    if count < 2:
        return rough > 0
    face = labels[np.isin(head.parts, FACE_PARTS) & (rough > 0)]
    return labels == (np.bincount(face).argmax() if len(face) else 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))


def _tuned(lab: Float32[np.ndarray, "H W 3"], head: Warped, body: Layer, landmarks: Float[np.ndarray, "68 2"],
           skin_lab: Float[np.ndarray, " 3"] | None, eye_px: float) -> Tuned:
    face = np.isin(head.parts, FACE_PARTS) & head.valid
    tone = skin_tone(lab, face)
    return tuned(lab, np.isin(head.parts, (*FACE_PARTS, Part.NECK)), tone, body.lab, body.valid, skin_lab, eye_px)


def _below_head(tones: Tuned, head: Warped, beard: Bool[np.ndarray, "H W"], matte: Matte, body: Layer, ground: Layer,
                landmarks: Float[np.ndarray, "68 2"],
                eye_px: float) -> tuple[Float32[np.ndarray, "H W 3"], Float32[np.ndarray, "H W"], Float32[np.ndarray, "H W"]]:
    """What is seen behind the head, where that is the head's own neck, and the body's outline."""
    gap = gap_below_jaw(body.valid, landmarks, eye_px)
    solid = soften(body.valid | gap, _BODY_EDGE * eye_px)
    paint = without_gap(tones.body_lab, body.valid, gap, skin_share(tones.body_lab, tones.tone_lab), eye_px,
                        bare_lab=None if head.view.value("facial_hair") == "beard" else tones.tone_lab)
    paint = paint * solid[..., None] + ground.lab * (1 - solid[..., None])
    # Where the body shows nothing, the collar of the head's painting may come along.
    own = ((head.parts == Part.NECK) | ((head.parts == Part.CLOTHING) & gap)) & head.valid & ~beard
    shape = soften(own | (matte.alpha > 0.5), _BODY_EDGE * eye_px)[..., None]
    neck = tones.head_lab * shape + ground.lab * (1 - shape)
    skin = skin_share(tones.head_lab, tones.tone_lab)
    necks = Necks(neck, paint, own, skin, matte.alpha > 0.5, body.valid, gap,
                  (head.parts == Part.BACKGROUND) & ~beard)
    chosen = choose_neck(necks, landmarks, eye_px)
    both = body.valid & own & (skin > 0.5) & (skin_share(tones.body_lab, tones.tone_lab) > 0.5)
    neck = in_tune(neck, paint, chosen, both, eye_px)
    shaded = _shaded(paint, matte.alpha, body, landmarks, eye_px)
    chosen = chosen * (shape[..., 0])
    return neck * chosen[..., None] + shaded * (1 - chosen[..., None]), chosen, solid


def _shaded(lab: Float32[np.ndarray, "H W 3"], alpha: Float32[np.ndarray, "H W"], body: Layer,
            landmarks: Float[np.ndarray, "68 2"], eye_px: float) -> Float32[np.ndarray, "H W 3"]:
    """Cloth right below a head lies in its shade; a neck brings its own."""
    lower = alpha * (np.arange(alpha.shape[0]) > landmarks[OUTER_LIP, 1].mean())[:, None]
    down = np.array([[1, 0, 0], [0, 1, _SHADE_DOWN * eye_px]], np.float32)
    shade = soften(cv2.warpAffine(lower.astype(np.float32), down, lower.shape[::-1]), _SHADE_EDGE * eye_px)
    cloth = soften(body.parts == Part.CLOTHING, 0.05 * eye_px) * body.valid
    return (lab * np.dstack([1 - _SHADE * shade * cloth, *[1 - 0.5 * _SHADE * shade * cloth] * 2])).astype(np.float32)


def _parts(head: Warped, beard: Bool[np.ndarray, "H W"], matte: Matte, own_neck: Float32[np.ndarray, "H W"],
           solid: Float32[np.ndarray, "H W"], body: Layer, ground: Layer) -> np.ndarray:
    of_body = np.where(body.valid, body.parts, Part.NECK)
    below = np.where(own_neck > 0.5, Part.NECK, np.where(solid > 0.5, of_body, ground.parts))
    of_head = np.where(np.isin(head.parts, (Part.HAIR, *FACE_PARTS)) & ~beard, head.parts, Part.HAIR)
    return np.where(matte.alpha > 0.5, of_head, below).astype(np.uint8)


def _provenance(head: Warped, matte: Matte, own_neck: Float32[np.ndarray, "H W"], solid: Float32[np.ndarray, "H W"],
                body: Layer, ground: Layer) -> Provenance:
    """Whose paint the whole shows: one painting's where it is there alone."""
    key = ViewKey(head.view.name, bool(head.view.mirrored))
    bare, own = matte.alpha <= _SHOWS, own_neck > 0.5
    whose = ground.provenance.without(~bare | own | (solid > _SHOWS))
    whose = whose.laid_over(bare & ~own & (solid > _SHOWS) & body.valid, body.provenance)
    return whose.covered((~bare | own) & head.valid, key, head.field)
