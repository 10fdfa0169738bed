"""The portrait prior: fitted numbers from which the practice master draws sitters.

Three sets of modes, each a mean that depends linearly on who sits (ridge regression on `CONDITIONS`) plus principal
components of what remains: the shape of the face (68 landmarks), the face's colour seen in one mean layout (free of
shape, as in Cootes et al. 2001, doi:10.1109/34.927467), and the low frequencies of bust and background. Heads turned
to the left are learned mirrored, so that both sides share their modes. Stored are means in 16 bits and modes in 8, no
weights of any painting.

Fitted to public-domain portraits (Titian, d. 1576; Rembrandt, d. 1669; works of the Metropolitan Museum, CC0), whose
sitters are described in `portrait_prior_labels.csv`. Fit again with

    python -m benchmarks.fit_portrait_prior CORPUS... --labels models/portrait_prior_labels.csv
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64

from data.colour import lab_to_rgb
from data.errors import UsageError
from data.files import replacing
from data.landmarks import check_landmarks, mirror
from models.alignment import Frame
from models.conditional_modes import Modes
from models.hairline import hairline, hairline_outline
from models.shape import mirrored_shape, to_frame, turn
from models.thin_plate import CELL_PX, ThinPlateSpline

CONDITIONS = ("turn", "turn_squared", "female", "age", "moustache", "beard", "white_beard", "hat")
MODE_COUNTS = {"shape": 16, "light_bare": 26, "light_hairy": 26, "chroma_bare": 12, "chroma_hairy": 12, "bust": 18}
"""How many modes are kept of what; shaven and bearded faces have colours of their own."""
FACE_PX = (160, 200)
"""Width and height of the mean layout that holds the face."""
BUST_PX = (48, 60)
"""Width and height of the low frequencies of bust and background."""
CHROMA_STEP = 4
"""Colour is kept this many times coarser than lightness: it varies slowly over a face."""
DEFAULT_PATH = Path(__file__).with_name("portrait_prior.npz")

# Coding of the conditions.
_AGE_UNIT_YEARS = 40
_WHITE_FROM_YEARS, _WHITE_OVER_YEARS = 45, 15
"""Beards begin to turn white at the one age and have done so that many years later."""
# Means that are fitted to few faces shrink towards each other, so age and sex are exaggerated a little to make up for it.
_LOUDER_AGE = 1.5
_LOUDER_FEMALE, _LOUDER_MALE = 1.3, 0.25

# Draws of a sitter.
_WORDS = {
    "sex": {"male": 0.58, "female": 0.42},
    "facing": {"left": 0.4, "frontal": 0.2, "right": 0.4},
    "facial_hair": {"none": 0.3, "moustache": 0.2, "beard": 0.5},
    "headwear": {"none": 0.6, "hat": 0.4},
}
"""What a sitter may be, and how often they are drawn so, about as in the portraits that were learned from."""
_WOMEN_BARE_HEADED = 0.5
"""Share of women who take off a hat that was drawn: men wear them oftener."""
_AGE_SHAPE, _AGE_SCALE_YEARS, _AGE_FROM_YEARS = 6.0, 3.4, 19
"""Ages follow a gamma distribution above the youngest."""
_YOUNGEST_YEARS, _OLDEST_YEARS = 20, 70
_TURNED = (0.38, 0.8)
"""Turn of a head that faces aside, from and to."""
_FRONTAL_TURN = 0.18
"""Largest turn of a head that faces the viewer."""
_SHAPE_LIVELINESS, _BUST_LIVELINESS = 0.8, 0.8
"""Spread of the drawn weights against those of the learned faces: shapes as a share of what is asked for, busts always."""
_FRONTAL_SYMMETRY = 0.75
"""How far a face that looks at the viewer is drawn to its own mirror image."""
_YAW_DEG = 45
"""Turn of 1, in degrees."""
_WIDEST_YAW_DEG = 60

# The face is tied to its landmarks, its hairline and a ring around it.
_RING = 1.7
"""Size of the ring over that of the face's outline."""
_TIED_STIFFNESS = 1e-4
"""Of the spline between layouts; these landmarks are drawn and not measured, so it may pass through them."""
_RUN_ON_PX, _RUN_ON_BLUR_PX = 8, 5
"""Beyond the face, the colours of its rim are continued; they fade into a blur over this distance, with this sigma."""
_SHOWN_SHARE = 0.3
"""Share of a coarse texel that must be face for its colour to count."""


def anchors(landmarks_xy: Float[np.ndarray, "68 2"]) -> Float64[np.ndarray, "N 2"]:
    """Landmarks with hairline and a far ring: what the shape-free face is tied to."""
    points = check_landmarks(landmarks_xy)
    centre = points.mean(0)
    ring = centre + _RING * (hairline_outline(points) - centre)
    return np.vstack([points, hairline(points), ring])


def face_field(shown_xy: Float[np.ndarray, "68 2"], read_xy: Float[np.ndarray, "68 2"], size_px: tuple[int, int],
               cell_px: int = CELL_PX) -> Float32[np.ndarray, "H W 2"]:
    """Where each texel of a face that is to be shown lies in the picture that it is read from.

    Parameters
    ----------
    shown_xy, read_xy : (68, 2) float
        The face's landmarks in the one and in the other, texels.
    size_px : (int, int)
        Width and height of the picture that is to be shown.
    cell_px : int
        As `ThinPlateSpline.prepare` takes it.
    """
    spline = ThinPlateSpline.prepare(anchors(shown_xy), size_px, stiffness=_TIED_STIFFNESS, cell_px=cell_px)
    return spline.field(anchors(read_xy))


def prior_conditions(attributes: Mapping[str, Any]) -> Float64[np.ndarray, " 8"]:
    """The vector all modes are conditioned on; `attributes` has turn (its sign does not count), sex, age_years,
    facial_hair and headwear."""
    turned = abs(float(attributes["turn"]))
    beard, age = attributes["facial_hair"] == "beard", float(attributes["age_years"])
    return np.array([turned, turned ** 2, attributes["sex"] == "female", age / _AGE_UNIT_YEARS - 1,
                     attributes["facial_hair"] == "moustache", beard,
                     beard * np.clip((age - _WHITE_FROM_YEARS) / _WHITE_OVER_YEARS, 0, 1),
                     attributes["headwear"] != "none"], np.float64)


@dataclass(frozen=True, eq=False)
class Draw:
    """One sitter drawn from the prior, before hair and clothes are painted.

    Attributes
    ----------
    frame : Frame
    landmarks_xy : (68, 2) float64
        In texels of `frame`.
    face : (H, W, 3) float32
        sRGB, meant inside the face's outline; beyond it, the colours run on.
    bust : (H, W, 3) float32
        sRGB: the low frequencies of the whole picture.
    attributes : dict
        In Atelier's words.
    """

    frame: Frame
    landmarks_xy: Float64[np.ndarray, "68 2"]
    face: Float32[np.ndarray, "H W 3"]
    bust: Float32[np.ndarray, "H W 3"]
    attributes: dict[str, Any]


@dataclass(frozen=True, eq=False)
class PortraitPrior:
    """Shape, face colour and bust of an imaginary master's sitters; see the module's text.

    Attributes
    ----------
    layout_xy : (68, 2) float64
        Mean layout in texels of `FACE_PX`.
    inside : (H, W) bool
        Where faces are learned, at `FACE_PX`.
    portraits : int
        How many it was fitted to.
    modes : dict of Modes
        By the names of `MODE_COUNTS`.
    """

    layout_xy: Float64[np.ndarray, "68 2"]
    inside: Bool[np.ndarray, "200 160"]
    portraits: int
    modes: dict[str, Modes]

    def save(self, path: Path | str) -> None:
        """Write one npz file."""
        arrays: dict[str, Any] = {"layout_xy": self.layout_xy, "inside": np.packbits(self.inside),
                                  "portraits": np.int64(self.portraits)}
        for name in MODE_COUNTS:
            arrays |= self.modes[name].packed(name)
        with replacing(path) as beside:
            np.savez_compressed(beside, **arrays)

    @classmethod
    def load(cls, path: Path | str = DEFAULT_PATH) -> "PortraitPrior":
        """Read what `save` wrote; the shipped prior if no path is given."""
        with np.load(path, allow_pickle=False) as arrays:
            width, height = FACE_PX
            inside = np.unpackbits(arrays["inside"])[:width * height].reshape(height, width).astype(bool)
            modes = {name: Modes.unpacked(arrays, name) for name in MODE_COUNTS}
            return cls(arrays["layout_xy"], inside, int(arrays["portraits"]), modes)

    def sample(self, rng: np.random.Generator, *, sex: str | None = None, facing: str | None = None,
               facial_hair: str | None = None, headwear: str | None = None, age_years: float | None = None,
               frame: Frame | None = None, liveliness: float = 0.8) -> Draw:
        """Draw a sitter; what is not asked for is drawn too.

        Parameters
        ----------
        rng : numpy.random.Generator
        sex : "male" or "female", optional
        facing : "left", "frontal" or "right", optional
        facial_hair : "none", "moustache" or "beard", optional
        headwear : "none" or "hat", optional
        age_years : float, optional
        frame : Frame, optional
            The picture's; by default the usual half-length.
        liveliness : float
            How far sitters differ from the mean, against those that were learned from.

        Raises
        ------
        UsageError
            For a word that is none of these.
        """
        frame = frame or Frame()
        wishes = {"sex": sex, "facing": facing, "facial_hair": facial_hair, "headwear": headwear}
        attributes = _draw_attributes(rng, wishes, age_years)
        turned = _draw_turn(rng, attributes["facing"])
        given = _asked_louder(prior_conditions({**attributes, "turn": turned}))
        shape = self.modes["shape"].sample(rng, given, liveliness * _SHAPE_LIVELINESS).reshape(68, 2)
        hair = "bare" if attributes["facial_hair"] == "none" else "hairy"
        light, chroma = (self.modes[f"{name}_{hair}"].sample(rng, given, liveliness) for name in ("light", "chroma"))
        bust = self.modes["bust"].sample(rng, given, _BUST_LIVELINESS).reshape(BUST_PX[1], BUST_PX[0], 3)
        if attributes["facing"] == "frontal":
            shape = _FRONTAL_SYMMETRY * (shape + mirrored_shape(shape)) / 2 + (1 - _FRONTAL_SYMMETRY) * shape
        face, layout = self._picture(light, chroma), self.layout_xy
        if turned < 0:
            shape, layout = mirrored_shape(shape), mirror(layout, FACE_PX[0])
            face, bust = face[:, ::-1], bust[:, ::-1]
        landmarks = to_frame(shape, frame)
        field = face_field(landmarks, layout, frame.size_px)
        face = cv2.remap(np.ascontiguousarray(face, np.float32), field[..., 0], field[..., 1], cv2.INTER_CUBIC,
                         borderMode=cv2.BORDER_REPLICATE)
        bust = cv2.resize(np.ascontiguousarray(bust, np.float32), frame.size_px, interpolation=cv2.INTER_CUBIC)
        yaw_deg = np.clip(_YAW_DEG * turn(landmarks), -_WIDEST_YAW_DEG, _WIDEST_YAW_DEG)
        return Draw(frame, landmarks, _to_rgb(face), _to_rgb(bust), {**attributes, "yaw_deg": round(float(yaw_deg), 1)})

    def _picture(self, light: Float64[np.ndarray, " N"], chroma: Float64[np.ndarray, " M"]) -> Float32[np.ndarray, "H W 3"]:
        """Lab picture of the mean layout; beyond the face the colours run on from its rim."""
        width, height = FACE_PX
        shown = chroma_mask(self.inside)
        ab = np.zeros((*shown.shape, 2), np.float32)
        ab[shown] = chroma.reshape(-1, 2)
        lab = np.zeros((height, width, 3), np.float32)
        lab[..., 0][self.inside] = light
        lab[..., 1:] = cv2.resize(run_on(ab, shown), FACE_PX, interpolation=cv2.INTER_CUBIC)
        lab[..., :1] = run_on(lab[..., :1], self.inside)
        return lab


def _draw_attributes(rng: np.random.Generator, wishes: Mapping[str, str | None],
                     age_years: float | None) -> dict[str, Any]:
    """Who sits: words by the names of `_WORDS`, and the age; wishes are kept."""
    for key, value in wishes.items():
        if value is not None and value not in _WORDS[key]:
            raise UsageError(f"{key} must be one of {', '.join(_WORDS[key])}, got {value!r}")
    # Every draw is made, asked for or not, so that a wish does not change the rest of the sitter.
    drawn = {key: rng.choice(list(shares), p=list(shares.values())) for key, shares in _WORDS.items()}
    age = float(np.clip(rng.gamma(_AGE_SHAPE, _AGE_SCALE_YEARS) + _AGE_FROM_YEARS, _YOUNGEST_YEARS, _OLDEST_YEARS))
    who: dict[str, Any] = {key: str(value if wishes[key] is None else wishes[key]) for key, value in drawn.items()}
    if who["sex"] == "female" and wishes["facial_hair"] is None:
        who["facial_hair"] = "none"
    if who["sex"] == "female" and wishes["headwear"] is None and rng.random() < _WOMEN_BARE_HEADED:
        who["headwear"] = "none"
    return {**who, "age_years": round(float(age if age_years is None else age_years), 1)}


def _draw_turn(rng: np.random.Generator, facing: str) -> float:
    """Turn of the head, negative to the left."""
    side = {"left": -1, "frontal": 0, "right": 1}[facing]
    return side * rng.uniform(*_TURNED) if side else rng.uniform(-_FRONTAL_TURN, _FRONTAL_TURN)


def _asked_louder(given: Float64[np.ndarray, " 8"]) -> Float64[np.ndarray, " 8"]:
    """Conditions with age and sex drawn away from the middle."""
    louder = given.copy()
    louder[CONDITIONS.index("age")] *= _LOUDER_AGE
    louder[CONDITIONS.index("female")] = _LOUDER_FEMALE * louder[CONDITIONS.index("female")] - _LOUDER_MALE
    return louder


def chroma_mask(inside: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "h w"]:
    """Which texels of the coarse chroma are learned, where `inside` of the fine lightness is."""
    height, width = inside.shape
    return cv2.resize(inside.astype(np.float32), (width // CHROMA_STEP, height // CHROMA_STEP),
                      interpolation=cv2.INTER_AREA) > _SHOWN_SHARE


def run_on(values: Float32[np.ndarray, "H W C"], known: Bool[np.ndarray, "H W"]) -> Float32[np.ndarray, "H W C"]:
    """Fill what lies outside `known` with the nearest known colours, blurred the farther out."""
    from scipy.ndimage import distance_transform_edt

    distance, (rows, columns) = distance_transform_edt(~known, return_indices=True)
    filled = values[rows, columns]
    soft = cv2.GaussianBlur(filled, (0, 0), _RUN_ON_BLUR_PX).reshape(filled.shape)
    mix = np.clip(distance / _RUN_ON_PX, 0, 1)[..., None].astype(np.float32)
    return filled * (1 - mix) + soft * mix


def _to_rgb(lab: Float32[np.ndarray, "H W 3"]) -> Float32[np.ndarray, "H W 3"]:
    """sRGB of drawn Lab, whose lightness may lie outside its range."""
    lab = np.ascontiguousarray(lab, np.float32)
    lab[..., 0] = np.clip(lab[..., 0], 0, 100)
    return lab_to_rgb(lab)
