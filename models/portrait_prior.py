"""The portrait prior: fitted numbers from which the practice master draws sitters.

Three sets of modes, each a mean that depends linearly on who sits (ridge regression on `CONDITIONS`) plus principal
components of what remains: the shape of the face (68 landmarks), the face's colour seen in one mean layout (free of
shape, as in Cootes et al. 2001, doi:10.1109/34.927467), and the low frequencies of bust and background. Heads turned
to the left are learned mirrored, so that both sides share their modes. Stored are means and modes in 8 bits, no
weights of any painting.

Fitted to public-domain portraits (Titian, d. 1576; Rembrandt, d. 1669; works of the Metropolitan Museum, CC0), whose
sitters are described in `portrait_prior_labels.csv`. Fit again with

    python -m models.portrait_prior fit CORPUS... --labels models/portrait_prior_labels.csv --out models/portrait_prior.npz
"""

import csv
import logging
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from data.errors import CorpusError, ScanError, UsageError
from data.files import replacing
from data.landmarks import CHIN, check_landmarks, mirror
from models.alignment import Frame, place_in_frame, thin_plate
from models.shape import mirrored_shape, to_eye_units, to_frame, turn

CONDITIONS = ("turn", "turn_squared", "female", "age", "moustache", "beard", "white_beard", "hat")
SIZE_MODES = {"shape": 16, "light_bare": 26, "light_hairy": 26, "chroma_bare": 12, "chroma_hairy": 12, "bust": 18}
FACE_PX = (160, 200)  # width, height of the mean layout that holds the face
FACE_EYES_PX = 60.0  # outer eye distance there
BUST_PX = (48, 60)
FOREHEAD = 0.5  # how far up the face is learned; above, hats and fringes differ too much and the skin runs on
CHROMA_STEP = 4
DEFAULT_PATH = Path(__file__).with_name("portrait_prior.npz")
_log = logging.getLogger(__name__)


def hairline(landmarks_xy, rise=0.66, count=9):
    """(count, 2) points of the arc from the left end of the jaw over the forehead to its right end.

    dlib marks nothing above the brows, so the arc follows from the rest: it rises `rise` times the distance from the
    jaw's ends to the chin (0.66 is about where hair begins, 1.0 the crown of the skull), and leans to where the face
    turns: there the forehead is the outline, on the other side hair comes forward over the temple.
    """
    points = check_landmarks(landmarks_xy)
    middle = (points[0] + points[16]) / 2
    half = (points[16] - points[0]) / 2
    up = (middle - points[CHIN]) * rise
    angle = np.linspace(0, np.pi, count + 2)[1:-1, None]
    lean = 0.34 * float(np.clip(turn(points), -1, 1)) * half
    return middle - np.cos(angle) * half + np.sin(angle) ** 0.8 * (up + lean)


def hairline_outline(landmarks_xy, rise=0.66):
    """(N, 2) closed outline of the face: jaw and hairline."""
    points = check_landmarks(landmarks_xy)
    return np.vstack([points[:17], hairline(points, rise)[::-1]])


def _anchors(landmarks_xy):
    """Landmarks with hairline and a far ring: what the shape-free face is tied to."""
    points = check_landmarks(landmarks_xy)
    centre = points.mean(0)
    ring = centre + 1.7 * (hairline_outline(points) - centre)
    return np.vstack([points, hairline(points), ring])


def _field(from_xy, to_xy, width_px, height_px, cell_px=8):
    """(height, width, 2) float32: where each texel of a picture with points `from_xy` lies beside `to_xy`."""
    carry = thin_plate(from_xy, to_xy, stiffness=1e-4)
    nx, ny = -(-width_px // cell_px) + 1, -(-height_px // cell_px) + 1
    nodes = np.stack(np.meshgrid(np.arange(nx) * cell_px, np.arange(ny) * cell_px), -1).reshape(-1, 2)
    coarse = carry(nodes).reshape(ny, nx, 2).astype(np.float32)
    x, y = np.meshgrid(np.arange(width_px, dtype=np.float32), np.arange(height_px, dtype=np.float32))
    return cv2.remap(coarse, x / cell_px, y / cell_px, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def prior_conditions(attributes):
    """The vector all modes are conditioned on; `attributes` has turn (0 or more), sex, age_years, facial_hair, headwear."""
    turned = abs(float(attributes["turn"]))
    beard, age = attributes["facial_hair"] == "beard", float(attributes["age_years"])
    return np.array([turned, turned ** 2, attributes["sex"] == "female", age / 40 - 1,
                     attributes["facial_hair"] == "moustache", beard, beard * np.clip((age - 45) / 15, 0, 1),
                     attributes["headwear"] != "none"], np.float64)


@dataclass(frozen=True, eq=False)
class Modes:
    """A mean that follows the conditions, and orthonormal modes of what they leave open.

    `mean` (1 + conditions, D), `modes` (K, D), `spread` (K,): the standard deviation of each mode's weight.
    """

    mean: np.ndarray
    modes: np.ndarray
    spread: np.ndarray

    @classmethod
    def fit(cls, values, given, count, *, ridge=1.5):
        """From (N, D) values and (N, C) conditions. `ridge` keeps rare conditions from taking a single face's look."""
        values, given = np.asarray(values, np.float64), np.asarray(given, np.float64)
        centre = given.mean(0)
        design = given - centre
        slope = np.linalg.solve(design.T @ design + ridge * np.eye(design.shape[1]), design.T @ (values - values.mean(0)))
        constant = values.mean(0) - centre @ slope
        left = values - (constant + given @ slope)
        _, singular, rows = np.linalg.svd(left, full_matrices=False)
        count = min(count, len(values) - 1)
        return cls(np.vstack([constant, slope]), rows[:count], singular[:count] / np.sqrt(len(values) - 1))

    def expected(self, given):
        return self.mean[0] + np.asarray(given) @ self.mean[1:]

    def sample(self, rng, given, liveliness):
        """A draw; weights are normal, cut at two deviations, and scaled by `liveliness`."""
        weights = np.clip(rng.standard_normal(len(self.spread)), -1.7, 1.7) * self.spread * liveliness
        return self.expected(given) + weights @ self.modes

    def packed(self, name):
        """Rows as int8 with a scale each."""
        arrays = {f"{name}.spread": self.spread.astype(np.float32)}
        for part, rows in (("mean", self.mean), ("modes", self.modes)):
            scale = np.maximum(np.abs(rows).max(1, keepdims=True), 1e-12) / 32767
            bits = np.int16 if part == "mean" else np.int8
            scale = scale if bits is np.int16 else scale * 32767 / 127
            arrays[f"{name}.{part}"] = np.round(rows / scale).astype(bits)
            arrays[f"{name}.{part}_scale"] = scale.astype(np.float32)
        return arrays

    @classmethod
    def unpacked(cls, arrays, name):
        rows = [arrays[f"{name}.{part}"].astype(np.float64) * arrays[f"{name}.{part}_scale"] for part in ("mean", "modes")]
        return cls(rows[0], rows[1], arrays[f"{name}.spread"].astype(np.float64))


@dataclass(frozen=True, eq=False)
class Draw:
    """One sitter drawn from the prior, before anyone has painted hair or clothes.

    `landmarks_xy` (68, 2) in texels of `frame`; `face` (H, W, 3) float32 sRGB, meant inside the face's outline (beyond
    it, the colours run on); `bust` (H, W, 3) the low frequencies of the whole picture; `attributes` in Atelier's words.
    """

    frame: Frame
    landmarks_xy: np.ndarray
    face: np.ndarray
    bust: np.ndarray
    attributes: dict


@dataclass(frozen=True, eq=False)
class PortraitPrior:
    """Shape, face colour and bust of an imaginary master's sitters; see the module's text."""

    layout_xy: np.ndarray  # (68, 2) mean layout in FACE_PX texels
    inside: np.ndarray  # (H, W) bool, where faces are learned
    portraits: int
    modes: dict  # of `Modes` by name: SIZE_MODES; shaven and bearded faces have colours of their own

    @classmethod
    def fit(cls, portraits, progress=None):
        """Fit to portraits: a list of (rgb (H, W, 3) float32 sRGB, landmarks (68, 2), attributes)."""
        if len(portraits) < 12:
            raise CorpusError(f"the portrait prior wants at least 12 faces, got {len(portraits)}: give it more folders")
        layout = _mean_layout([landmarks for _, landmarks, _ in portraits])
        inside = _face_mask(layout)
        small = _small(inside)
        rows = {"shape": [], "light": [], "chroma": [], "bust": []}
        given, hairy = [], []
        for index, (rgb, landmarks, attributes) in enumerate(portraits):
            rgb, landmarks = _facing_right(np.asarray(rgb, np.float32), landmarks)
            given.append(prior_conditions({**attributes, "turn": turn(landmarks)}))
            rows["shape"].append(to_eye_units(landmarks).ravel())
            hairy.append(attributes["facial_hair"] != "none")
            lab = _clear_forehead(_shape_free(rgb, landmarks, layout), layout, inside)
            rows["light"].append(lab[..., 0][inside])
            chroma = cv2.resize(lab[..., 1:], small.shape[::-1], interpolation=cv2.INTER_AREA)
            rows["chroma"].append(chroma[small].ravel())
            rows["bust"].append(_low_bust(rgb, landmarks).ravel())
            if progress:
                progress(index + 1, len(portraits))
        rows["chroma"] = _calm_chroma(np.array(rows["chroma"]))
        given, hairy = np.array(given), np.array(hairy)
        modes = {}
        for name, count in SIZE_MODES.items():
            values = np.array(rows[name.split("_")[0]])
            of = {"bare": ~hairy, "hairy": hairy}.get(name.split("_")[-1], slice(None))
            modes[name] = Modes.fit(values[of], given[of], count)
        return cls(layout, inside, len(portraits), modes)

    def save(self, path):
        arrays = {"layout_xy": self.layout_xy, "inside": np.packbits(self.inside), "portraits": np.int64(self.portraits)}
        for name in SIZE_MODES:
            arrays |= self.modes[name].packed(name)
        with replacing(path) as beside:
            np.savez_compressed(beside, **arrays)

    @classmethod
    def load(cls, path=DEFAULT_PATH):
        with np.load(path, allow_pickle=False) as arrays:
            width, height = FACE_PX
            inside = np.unpackbits(arrays["inside"])[:width * height].reshape(height, width).astype(bool)
            modes = {name: Modes.unpacked(arrays, name) for name in SIZE_MODES}
            return cls(arrays["layout_xy"], inside, int(arrays["portraits"]), modes)

    def sample(self, rng, *, sex=None, facing=None, facial_hair=None, headwear=None, age_years=None, frame=None,
               liveliness=0.8):
        """Draw a sitter; what is not asked for is drawn too. Returns a `Draw`.

        Raises UsageError for a word that is none of Atelier's.
        """
        frame = frame or Frame()
        attributes = _who(rng, sex, facing, facial_hair, headwear, age_years)
        turned = {"left": -1, "frontal": 0, "right": 1}[attributes["facing"]]
        turned = turned * rng.uniform(0.38, 0.8) if turned else rng.uniform(-0.18, 0.18)
        given = prior_conditions({**attributes, "turn": turned})
        # Means shrink towards each other when fitted to few faces: age and sex are asked for a little louder.
        given[CONDITIONS.index("age")] *= 1.5
        given[CONDITIONS.index("female")] = 1.3 * given[CONDITIONS.index("female")] - 0.25
        shape = self.modes["shape"].sample(rng, given, liveliness * 0.8).reshape(68, 2)
        hair = "bare" if attributes["facial_hair"] == "none" else "hairy"
        light, chroma = (self.modes[f"{name}_{hair}"].sample(rng, given, liveliness) for name in ("light", "chroma"))
        light = self._picture(light, chroma)
        bust = self.modes["bust"].sample(rng, given, 0.8).reshape(BUST_PX[1], BUST_PX[0], 3)
        if attributes["facing"] == "frontal":
            shape = 0.75 * (shape + mirrored_shape(shape)) / 2 + 0.25 * shape
        if turned < 0:
            shape = mirrored_shape(shape)
            light, bust = light[:, ::-1], bust[:, ::-1]
        landmarks = to_frame(shape, frame)
        layout = self.layout_xy if turned >= 0 else mirror(self.layout_xy, FACE_PX[0])
        field = _field(_anchors(landmarks), _anchors(layout), *frame.size_px)
        face = cv2.remap(np.ascontiguousarray(light, np.float32), field[..., 0], field[..., 1], cv2.INTER_CUBIC,
                         borderMode=cv2.BORDER_REPLICATE)
        bust = cv2.resize(np.ascontiguousarray(bust, np.float32), frame.size_px, interpolation=cv2.INTER_CUBIC)
        attributes["yaw_deg"] = round(float(np.clip(45 * turn(landmarks), -60, 60)), 1)
        return Draw(frame, landmarks, _to_rgb(face), _to_rgb(bust), attributes)

    def _picture(self, light, chroma):
        """Lab picture of the mean layout; beyond the face the colours run on from its rim."""
        width, height = FACE_PX
        small = _small(self.inside)
        ab = np.zeros((*small.shape, 2), np.float32)
        ab[small] = chroma.reshape(-1, 2)
        lab = np.zeros((height, width, 3), np.float32)
        lab[..., 0][self.inside] = light
        lab[..., 1:] = cv2.resize(_run_on(ab, small), FACE_PX, interpolation=cv2.INTER_CUBIC)
        lab[..., :1] = _run_on(lab[..., :1], self.inside)
        return lab


def _who(rng, sex, facing, facial_hair, headwear, age_years):
    allowed = {"sex": ("male", "female"), "facing": ("left", "frontal", "right"),
               "facial_hair": ("none", "moustache", "beard"), "headwear": ("none", "hat")}
    wish = {"sex": sex, "facing": facing, "facial_hair": facial_hair, "headwear": headwear}
    for key, value in wish.items():
        if value is not None and value not in allowed[key]:
            raise UsageError(f"{key} must be one of {', '.join(allowed[key])}, got {value!r}")
    # Every draw is made, asked for or not, so that a wish does not change the rest of the sitter.
    drawn = {"sex": rng.choice(["male", "female"], p=[0.58, 0.42]),
             "facing": rng.choice(["left", "frontal", "right"], p=[0.4, 0.2, 0.4]),
             "facial_hair": rng.choice(["none", "moustache", "beard"], p=[0.3, 0.2, 0.5]),
             "headwear": rng.choice(["none", "hat"], p=[0.6, 0.4])}
    age = float(np.clip(rng.gamma(6.0, 3.4) + 19, 20, 70))
    who = {key: str(wish[key] if wish[key] is not None else value) for key, value in drawn.items()}
    if who["sex"] == "female" and facial_hair is None:
        who["facial_hair"] = "none"
    if who["sex"] == "female" and headwear is None and rng.random() < 0.5:
        who["headwear"] = "none"
    who["age_years"] = round(float(age_years if age_years is not None else age), 1)
    return who


def _mean_layout(landmarks):
    shapes = [to_eye_units(_facing_right(None, points)[1]) for points in landmarks]
    mean = np.mean(shapes, axis=0)
    return mean * FACE_EYES_PX + [FACE_PX[0] / 2 - mean[:17, 0].mean() * FACE_EYES_PX, FACE_PX[1] * 0.42]


def _facing_right(rgb, landmarks):
    """The picture and landmarks, mirrored where the nose points left. Width matters only with a picture."""
    if turn(landmarks) >= 0:
        return rgb, check_landmarks(landmarks)
    width = rgb.shape[1] if rgb is not None else 1
    return (None if rgb is None else rgb[:, ::-1]), mirror(landmarks, width)


def _face_mask(layout):
    width, height = FACE_PX
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(hairline_outline(layout, rise=FOREHEAD)).astype(np.int32)], 1)
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))).astype(bool)


def _small(inside):
    height, width = inside.shape
    return cv2.resize(inside.astype(np.float32), (width // CHROMA_STEP, height // CHROMA_STEP),
                      interpolation=cv2.INTER_AREA) > 0.3


def _shape_free(rgb, landmarks, layout):
    """The face as Lab in the mean layout."""
    field = _field(_anchors(layout), _anchors(landmarks), *FACE_PX, cell_px=4)
    pitch = np.abs(np.diff(field[..., 0], axis=1)).mean()
    if pitch > 1.2:  # a large scan is smoothed to the pitch it is read at
        rgb = cv2.GaussianBlur(rgb, (0, 0), 0.45 * pitch)
    seen = cv2.remap(np.ascontiguousarray(rgb), field[..., 0], field[..., 1], cv2.INTER_CUBIC,
                     borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(np.clip(seen, 0, 1), cv2.COLOR_RGB2LAB)


def _clear_forehead(lab, layout, inside):
    """Take hair and hats off the forehead: what is not of the skin's colour there is filled from the skin below."""
    rows, columns = np.mgrid[:FACE_PX[1], :FACE_PX[0]]
    middle = layout[[27, 30]].mean(0)
    brows = np.interp(columns[0], layout[17:27, 0], layout[17:27, 1]) - 3
    depth = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5)
    upper = inside & ((rows < brows) | ((depth < 12) & (rows < layout[2, 1])))
    sure = inside & (np.abs(columns - middle[0]) < 30) & (rows > brows - 8) & (rows < layout[30, 1])
    skin = np.median(lab[sure], axis=0)
    other = np.hypot(lab[..., 1] - skin[1], lab[..., 2] - skin[2]) + 0.4 * np.maximum(skin[0] - 12 - lab[..., 0], 0)
    keep = inside & ~(upper & (other > 9))
    keep = cv2.erode(keep.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) | (inside & ~upper & (rows > brows + 6))
    filled = _run_on(lab, keep)
    soft = cv2.GaussianBlur(keep.astype(np.float32), (0, 0), 2)[..., None] * keep[..., None]
    return np.where(inside[..., None], soft * lab + (1 - soft) * filled, lab)


def _low_bust(rgb, landmarks):
    """The whole picture in the frame at BUST_PX, blurred until no painting can be told, Lab."""
    frame = Frame()
    similarity = place_in_frame(landmarks, frame)
    matrix = similarity.matrix * (BUST_PX[0] / frame.width_px)
    scale = similarity.scale * BUST_PX[0] / frame.width_px
    blurred = cv2.GaussianBlur(rgb, (0, 0), 0.8 / scale)
    seen = cv2.warpAffine(blurred, matrix, BUST_PX, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cv2.cvtColor(np.clip(seen, 0, 1), cv2.COLOR_RGB2LAB)


def _calm_chroma(rows):
    """Faces' mean a*, b* drawn half-way to the corpus' median: reproductions differ more than skins do."""
    faces = rows.reshape(len(rows), -1, 2)
    means = faces.mean(1, keepdims=True)
    median = np.median(means, axis=0, keepdims=True)
    return (faces - 0.7 * (means - median)).reshape(len(rows), -1)


def _run_on(values, known):
    """Fill what lies outside `known` with the nearest known colours, blurred the farther out."""
    from scipy.ndimage import distance_transform_edt

    distance, (rows, columns) = distance_transform_edt(~known, return_indices=True)
    filled = values[rows, columns]
    soft = cv2.GaussianBlur(filled, (0, 0), 5).reshape(filled.shape)
    mix = np.clip(distance / 8, 0, 1)[..., None].astype(np.float32)
    return filled * (1 - mix) + soft * mix


def _to_rgb(lab):
    lab = np.ascontiguousarray(lab, np.float32)
    lab[..., 0] = np.clip(lab[..., 0], 0, 100)
    return np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)


def read_labels(path):
    """What a curator says of the portraits: {file name: attributes or None where it is not to be used}."""
    with open(path, newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {row["file"]: {"sex": row["sex"], "age_years": float(row["age_years"]), "facial_hair": row["facial_hair"],
                          "headwear": row["headwear"]} if row["use"] == "1" else None for row in rows}


def read_portraits(corpora, labels=None):
    """Yield (rgb, landmarks, attributes) of every scan below the folders with one clear sitter.

    `labels` (see `read_labels`) win over what is measured, and where they are given only files named there are used.
    """
    from data.catalogue import ingest
    from data.scan import read_scan
    from features.measure import measure_scan

    for corpus in corpora:
        table = ingest(corpus).table
        for row in table[table["rejected"].isna()].to_dict("records"):
            path = Path(corpus) / row["file"]
            said = None if labels is None else labels.get(path.name)
            if labels is not None and said is None:
                continue
            try:
                measured = measure_scan(path)
                rgb = read_scan(path, max_side_px=1200)
            except ScanError as error:
                _log.warning("%s left out: %s", path.name, error)
                continue
            faces = [face for face in measured.faces if face.confidence >= 0.5]
            if not faces:
                _log.warning("%s left out: no face was found", path.name)
                continue
            face = max(faces, key=lambda face: face.box[2] * face.box[3])
            scale = rgb.shape[1] / measured.width_px
            landmarks = (np.asarray(face.landmarks_xy) + 0.5) * scale - 0.5
            attributes = said
            if attributes is None:
                estimates = (face.attributes.get(key) for key in ("sex", "age_years", "facial_hair", "headwear"))
                attributes = {key: estimate and estimate.value for key, estimate in
                              zip(("sex", "age_years", "facial_hair", "headwear"), estimates, strict=True)}
            if any(value is None for value in attributes.values()):
                _log.warning("%s left out: the measure abstained on some attribute", path.name)
                continue
            yield rgb, landmarks, attributes


def _main(arguments=None):
    import argparse

    parser = argparse.ArgumentParser(prog="python -m models.portrait_prior", description="Fit the practice master's prior.")
    fit = parser.add_subparsers(required=True).add_parser("fit", help="fit to folders of portraits")
    fit.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS")
    fit.add_argument("--labels", type=Path, help="CSV of file, sex, age_years, facial_hair, headwear, use (1 or 0)")
    fit.add_argument("--out", type=Path, default=DEFAULT_PATH)
    options = parser.parse_args(arguments)
    labels = read_labels(options.labels) if options.labels else None
    prior = PortraitPrior.fit(list(read_portraits(options.corpora, labels)))
    prior.save(options.out)
    print(f"{options.out}: {prior.portraits} portraits, {options.out.stat().st_size / 2 ** 20:.1f} MiB")


if __name__ == "__main__":
    _main()
