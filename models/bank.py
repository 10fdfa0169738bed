"""The bank: every sitter the master painted, ready to lend a pose, a feature or a passage of paint.

A view is a sitter as painted or seen in a mirror; both serve. Pixels are not kept: they are read from the scans when a
layout asks for them, at the resolution it asks for.
"""

import json
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path

import cv2
import numpy as np

from data.errors import CorpusError
from data.estimate import Estimate
from data.files import replacing
from data.landmarks import LEFT_EYE, RIGHT_EYE, mirror, outer_eye_distance
from data.parts import Part
from data.scan import read_scan
from models.alignment import Frame, face_size, inside, warp, warp_field
from models.shape import ShapeModel, shape_conditions, to_eye_units, to_frame, turn

ALGORITHM_VERSION = 1
_SWAPPED = {"left": "right", "right": "left"}
_MEASURING = Frame().scaled(200)
_CLOSER = (1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8)


@dataclass(frozen=True, eq=False)
class View:
    """One sitter, as painted (`mirrored` False) or in a mirror.

    Attributes
    ----------
    name, path, sha256 : str
        The catalogue's file name, where the scan lies, its checksum.
    width_px, height_px : int
        Size of the scan.
    content_box : (x, y, w, h)
        The painted surface within the scan, pixels; frames and colour bars lie outside.
    landmarks_xy : (68, 2) float64
        In scan pixels, of the mirrored scan if mirrored.
    attributes : dict of Estimate
    embedding : (128,) float32
        Face embedding, of the scan as it is.
    parts : (h, w) uint8
        Parts map at a working resolution covering the whole scan.
    light : (2,) float
        Slope of lightness over the face, L* per eye unit, to the right and down.
    tones : (9, 3) float
        Median Lab of each part; nan where the painting shows none of it.
    mirrored : bool
    """

    name: str
    path: str
    sha256: str
    width_px: int
    height_px: int
    content_box: tuple
    landmarks_xy: np.ndarray
    attributes: dict
    embedding: np.ndarray
    parts: np.ndarray = field(repr=False)
    light: np.ndarray
    tones: np.ndarray = field(repr=False)
    mirrored: bool = False

    @cached_property
    def turn(self):
        return turn(self.landmarks_xy)

    @cached_property
    def shape(self):
        return to_eye_units(self.landmarks_xy)

    @property
    def eye_distance_px(self):
        return outer_eye_distance(self.landmarks_xy)

    def value(self, attribute, default=None):
        """The attribute's value, or `default` where it is unknown or abstained from."""
        estimate = self.attributes.get(attribute)
        return default if estimate is None or estimate.value is None else estimate.value

    @property
    def conditions(self):
        return shape_conditions(turn=self.turn, female=float(self.value("sex") == "female"),
                          age_years=float(self.value("age_years", 40.0)))

    def in_mirror(self):
        """The same sitter facing the other way."""
        attributes = dict(self.attributes)
        for key in ("facing", "light_from", "gaze"):
            if key in attributes:
                old = attributes[key]
                attributes[key] = Estimate(_SWAPPED.get(old.value, old.value), old.confidence, old.origin)
        if "yaw_deg" in attributes and attributes["yaw_deg"].value is not None:
            old = attributes["yaw_deg"]
            attributes["yaw_deg"] = Estimate(-old.value, old.confidence, old.origin)
        x, y, w, h = self.content_box
        return replace(self, landmarks_xy=mirror(self.landmarks_xy, self.width_px), attributes=attributes,
                       parts=np.ascontiguousarray(self.parts[:, ::-1]), light=self.light * [-1.0, 1.0],
                       content_box=(self.width_px - x - w, y, w, h), mirrored=not self.mirrored)


@dataclass(frozen=True, eq=False)
class Warped:
    """A view carried onto a layout: what the frame would show had this sitter sat in that pose.

    `colour` (H, W, 3) float32 sRGB, `parts` (H, W) uint8, `valid` (H, W) bool (False outside the painted surface),
    `field` (H, W, 2) float32: where each texel lies in the scan (in its mirror image for a mirrored view), pixels.
    """

    view: View
    colour: np.ndarray
    parts: np.ndarray
    valid: np.ndarray
    field: np.ndarray


def make_view(path, name, sha256, face, *, width_px, height_px, parts, embedding, content_box=None):
    """A sitter for the bank from one measured face; `parts` covers the whole scan at any resolution."""
    box = tuple(content_box) if content_box is not None else (0, 0, width_px, height_px)
    blank = View(name, str(path), sha256, int(width_px), int(height_px), box,
                 np.asarray(face.landmarks_xy, np.float64), dict(face.attributes), np.asarray(embedding, np.float32),
                 np.asarray(parts, np.uint8), np.zeros(2), np.full((9, 3), np.nan))
    seen = warped(blank, to_frame(blank.shape, _MEASURING), _MEASURING)
    lab = cv2.cvtColor(np.clip(seen.colour, 0, 1), cv2.COLOR_RGB2LAB)
    tones = np.full((9, 3), np.nan)
    for part in Part:
        chosen = (seen.parts == part) & seen.valid
        if chosen.sum() >= 20:
            tones[part] = np.median(lab[chosen], 0)
    rows, columns = np.nonzero(((seen.parts == Part.FACE) | (seen.parts == Part.NOSE)) & seen.valid)
    light = np.zeros(2)
    if len(rows) >= 50:
        design = np.stack([columns, rows, np.ones(len(rows))], 1) / [_MEASURING.eye_distance_px] * [1, 1, 40]
        light = np.linalg.lstsq(design, lab[rows, columns, 0], rcond=None)[0][:2]
    return replace(blank, light=light, tones=tones)


def warped(view, layout_xy, frame, *, pixels=None):
    """Carry a view onto a layout (68 texels of `frame`).

    `pixels`, if given, is (rgb, scale): the scan (not mirrored) already read, and its size over the full size.
    """
    rgb, scale = pixels if pixels is not None else read_for(view, frame)
    if view.mirrored:
        rgb = rgb[:, ::-1]
    mapping = warp_field(view.landmarks_xy, layout_xy, frame)
    # Pixel centres on integers: x_small + 0.5 = scale (x + 0.5).
    small = (mapping + np.float32(0.5)) * np.float32(scale) - np.float32(0.5)
    colour = np.clip(warp(rgb, small), 0.0, 1.0)
    x, y, w, h = view.content_box
    offset = np.array([x, y], np.float32)
    valid = inside(mapping - offset, w, h, margin_px=max(1.0, 0.004 * min(w, h)))
    ratio = np.array([view.parts.shape[1] / view.width_px, view.parts.shape[0] / view.height_px], np.float32)
    places = (mapping + np.float32(0.5)) * ratio - np.float32(0.5)
    labels = cv2.remap(view.parts, places[..., 0], places[..., 1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return Warped(view, colour, labels, valid, mapping)


def read_for(view, frame):
    """The scan at about the resolution `frame` will show it, never enlarged: ((h, w, 3) float32, scale)."""
    wanted = min(1.0, 1.15 * frame.eye_distance_px / max(view.eye_distance_px, 1.0))
    side = int(np.ceil(max(view.width_px, view.height_px) * wanted))
    read = _read_small if side <= 400 else read_scan
    rgb = read(view.path, max_side_px=side if wanted < 1 else None)
    return rgb, rgb.shape[1] / view.width_px


@lru_cache(maxsize=256)
def _read_small(path, max_side_px):
    """Thumbnails are asked for again with every candidate; 256 of them fit into about 300 MiB at the most."""
    return read_scan(path, max_side_px=max_side_px)


def coverage(view, frame):
    """Share of the frame that the view's painting would fill, were its sitter placed there."""
    x, y, w, h = view.content_box
    eyes = (view.landmarks_xy[LEFT_EYE].mean(0) + view.landmarks_xy[RIGHT_EYE].mean(0)) / 2
    unit = frame.eye_distance_px / face_size(view.landmarks_xy)
    left = np.array(frame.eye_centre) * frame.size_px - (eyes - [x, y]) * unit
    lower, upper = np.maximum(left, 0), np.minimum(left + np.array([w, h]) * unit, frame.size_px)
    return float(np.prod(np.maximum(upper - lower, 0)) / np.prod(frame.size_px))


@dataclass(frozen=True, eq=False)
class Bank:
    """All sitters and the shape model learned from them."""

    views: tuple
    shape_model: ShapeModel

    @classmethod
    def learn(cls, views):
        """Fit the shape model; CorpusError with a plain message if fewer than 4 sitters."""
        views = tuple(sorted(views, key=lambda view: view.name))
        if len(views) < 4:
            raise CorpusError(
                f"only {len(views)} painting{'s' if len(views) != 1 else ''} with one clear face, at least 4 are "
                "needed to learn how a master varies: add portraits, or give landmarks for the faces that were missed")
        model = ShapeModel.fit(np.stack([view.shape for view in views]), np.stack([view.conditions for view in views]))
        return cls(views, model)

    def both_ways(self):
        """Every sitter as painted, then every sitter mirrored."""
        return [*self.views, *(view.in_mirror() for view in self.views)]

    def cropped(self, frame):
        """`frame` drawn as close about the face as this master's paintings ask for.

        Half-lengths fill the frame as it is. A master of heads and busts leaves nothing to paint its lower half with:
        the frame closes in until half of the sitters fill it.
        """
        width, height = frame.size_px
        for closer in _CLOSER:
            x, y = frame.eye_centre
            nearer = Frame(width, height, frame.eye_share * closer, (x, y + 0.2 * (closer - 1)))
            if np.mean([coverage(view, nearer) > 0.93 for view in self.views]) >= 0.5:
                break
        return nearer

    def named(self, name):
        for view in self.views:
            if view.name == name:
                return view
        raise CorpusError(f"no sitter named {name!r} in this corpus of {len(self.views)} sitters")

    def save(self, folder):
        """Write `bank.npz`, `bank.json` and `shape.npz` into a folder."""
        folder = Path(folder)
        arrays, records = {}, []
        for index, view in enumerate(self.views):
            arrays[f"parts_{index}"] = view.parts
            arrays[f"landmarks_{index}"] = view.landmarks_xy
            arrays[f"embedding_{index}"] = view.embedding
            arrays[f"light_{index}"] = view.light
            arrays[f"tones_{index}"] = view.tones
            records.append({"name": view.name, "path": view.path, "sha256": view.sha256, "width_px": view.width_px,
                            "height_px": view.height_px, "content_box": [float(v) for v in view.content_box],
                            "attributes": {k: e.to_json() for k, e in view.attributes.items()}})
        with replacing(folder / "bank.npz") as beside, open(beside, "wb") as stream:
            np.savez_compressed(stream, **arrays)
        self.shape_model.save(folder / "shape.npz")
        with replacing(folder / "bank.json") as beside:
            beside.write_text(json.dumps({"version": ALGORITHM_VERSION, "sitters": records}, indent=1))

    @classmethod
    def load(cls, folder):
        folder = Path(folder)
        records = json.loads((folder / "bank.json").read_text(encoding="utf-8"))["sitters"]
        with np.load(folder / "bank.npz", allow_pickle=False) as held:
            views = tuple(
                View(r["name"], r["path"], r["sha256"], r["width_px"], r["height_px"], tuple(r["content_box"]),
                     held[f"landmarks_{i}"], {k: Estimate.from_json(e) for k, e in r["attributes"].items()},
                     held[f"embedding_{i}"], held[f"parts_{i}"], held[f"light_{i}"], held[f"tones_{i}"])
                for i, r in enumerate(records))
        return cls(views, ShapeModel.load(folder / "shape.npz"))
