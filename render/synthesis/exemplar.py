"""What goes into a synthesis and what comes out of it: exemplars, settings, a painted canvas."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int32, Int64, Shaped, UInt8

from data.errors import ShapeError


@dataclass(frozen=True, eq=False)
class Exemplar:
    """One painting, already warped into the frame of the target.

    Parameters
    ----------
    colour : (H, W, 3) uint16 (0..65535) or float32 (0..1)
        sRGB-encoded RGB, harmonised. uint16 takes half the memory.
    guide : (H, W, G) uint8
        What the target's guide is compared with: smoothed Lab, position, directions; the caller scales channels.
    labels : (H, W) uint8
        `data.parts.Part`.
    valid : (H, W) bool
        False where nothing may be copied from.
    name : str
        Exemplars of one name (the same painting twice, mirrored) share one limit of use.
    kept : (H, W) bool, optional
        Where the canvas shows this paint at its own place, whatever else would fit; None for nowhere.
    """

    colour: Shaped[np.ndarray, "H W 3"]
    guide: UInt8[np.ndarray, "H W G"]
    labels: UInt8[np.ndarray, "H W"]
    valid: Bool[np.ndarray, "H W"]
    name: str = ""
    kept: Bool[np.ndarray, "H W"] | None = None

    def __post_init__(self) -> None:
        shape = self.labels.shape
        if self.colour.shape != (*shape, 3) or self.colour.dtype not in (np.uint16, np.float32):
            raise ShapeError(f"an exemplar's colour must be {(*shape, 3)} uint16 or float32, got {self.colour.shape} "
                             f"{self.colour.dtype}")
        if self.guide.shape[:2] != shape or self.guide.ndim != 3 or self.guide.dtype != np.uint8:
            raise ShapeError(f"an exemplar's guide must be {(*shape, 'G')} uint8, got {self.guide.shape} "
                             f"{self.guide.dtype}")
        if self.valid.shape != shape or self.valid.dtype != bool or self.labels.dtype != np.uint8:
            raise ShapeError(f"labels must be uint8 and valid bool of shape {shape}, got {self.labels.dtype}, "
                             f"{self.valid.dtype} {self.valid.shape}")
        if self.kept is not None and (self.kept.shape != shape or self.kept.dtype != bool):
            raise ShapeError(f"kept must be bool of shape {shape}, got {self.kept.dtype} {self.kept.shape}")


@dataclass(frozen=True)
class SynthesisSettings:
    """How the canvas is searched. Costs and prices are in 8-bit levels per texel and channel."""

    patch_px: int = 5
    """Side of the square patches that are compared: odd, 3 to 15."""
    levels: int | None = None
    """How many sizes of the canvas are painted, each half as wide as the next; None for a coarsest one of about 40 texels."""
    iterations: int = 3
    """How often search and vote take turns on a level."""
    sweeps: int = 3
    """Passes of the search between two votes."""
    guide_weight: float = 1.0
    """One level off in one guide channel weighs this much against one level in one colour channel of the whole patch."""
    label_penalty: float = 12.0
    """Price of paint from another part."""
    reach: float = 0.08
    """How far a source may lie from its place on the canvas, as a share of the width."""
    max_share: float = 0.3
    """The most of the canvas that exemplars of one name may give."""
    max_region_share: float = 0.04
    """The most of the canvas that one connected region copied at one offset may fill."""
    reuse_penalty: float = 4.0
    """Price of a source place each time it is used again."""
    seam_penalty: float = 6.0
    """Price of a neighbour copied at another offset; more of it, larger copies."""
    grain_weight: float = 1.0
    """Weight of the guide channel that asks for paint as rough as the exemplars have it there."""
    meld_share: float = 0.025
    """Levels over this share of the width are taken from `start` in the end, copies give only what is finer; 0 leaves copies
    as they are."""
    refined_levels: int = 0
    """The finest levels that only refine what they inherit (for very large canvases)."""
    plain_labels: tuple[int, ...] = ()
    """Labels of what has no place of its own (a bare wall): its paint may come from far away, is copied in large pieces, and
    no limit on shares and regions holds for it."""
    plain_reach: float = 0.5
    """`reach` for them."""
    plain_coherence: int = 3
    """So many times `seam_penalty` holds for them."""
    seed: int = 0
    """The same seed gives the same canvas."""


@dataclass(frozen=True, eq=False)
class Synthesis:
    """A painted canvas and where each texel came from.

    Parameters
    ----------
    colour : (H, W, 3) float32
        sRGB in [0, 1].
    source : (H, W, 3) int32
        Exemplar, row and column that each texel was copied from.
    energy : float
        Mean cost of patches and guides where paint was chosen, in 8-bit levels per texel and channel; lower is better.
    patch_energy : float
        Its colour part.
    shares : (K,) float64
        Share of the canvas that each exemplar gave.
    largest_region_share : float
        Share of the canvas that was copied in one piece.
    moved : (H, W) bool or None
        Where paint of an engine that copies nothing lies over what was copied; None for nowhere.
    """

    colour: Float32[np.ndarray, "H W 3"]
    source: Int32[np.ndarray, "H W 3"]
    energy: float
    patch_energy: float
    shares: Float64[np.ndarray, " K"]
    largest_region_share: float
    moved: Bool[np.ndarray, "H W"] | None = None


def name_groups(exemplars: Sequence[Exemplar]) -> Int64[np.ndarray, " K"]:
    """The group of each exemplar: those of one name are one group, named after its first; nameless ones stand alone."""
    names = [exemplar.name or f"exemplar {number}" for number, exemplar in enumerate(exemplars)]
    return np.array([names.index(name) for name in names])


def check_inputs(guide: UInt8[np.ndarray, "H W G"], labels: UInt8[np.ndarray, "H W"], exemplars: Sequence[Exemplar],
                 settings: SynthesisSettings, guide_weight_map: Float32[np.ndarray, "H W"] | None,
                 start: Float[np.ndarray, "H W 3"] | None) -> None:
    """ShapeError in words where what an engine was given cannot be painted from.

    Parameters
    ----------
    guide, labels, exemplars, settings, guide_weight_map, start
        As in `render.synthesis.patch.synthesise`.
    """
    shape = labels.shape
    if guide.dtype != np.uint8 or guide.ndim != 3 or guide.shape[:2] != shape or labels.dtype != np.uint8:
        raise ShapeError(f"guide must be {(*shape, 'G')} uint8 and labels uint8, got {guide.shape} {guide.dtype} and "
                         f"{labels.dtype}")
    _check_exemplars(exemplars, guide.shape)
    if settings.patch_px % 2 == 0 or not 3 <= settings.patch_px <= 15:
        raise ShapeError(f"patch_px must be odd and from 3 to 15, got {settings.patch_px}")
    if min(shape) < 4 * settings.patch_px:
        raise ShapeError(f"the canvas must be at least {4 * settings.patch_px} texels a side, got {shape}")
    if guide_weight_map is not None and guide_weight_map.shape != shape:
        raise ShapeError(f"guide_weight_map must be {shape}, got {guide_weight_map.shape}")
    if start is not None and start.shape != (*shape, 3):
        raise ShapeError(f"start must be {(*shape, 3)}, got {start.shape}")


def _check_exemplars(exemplars: Sequence[Exemplar], guide_shape: tuple[int, ...]) -> None:
    if not exemplars:
        raise ShapeError("synthesis needs at least one exemplar, got none")
    for number, exemplar in enumerate(exemplars):
        if exemplar.guide.shape != guide_shape:
            raise ShapeError(f"exemplar {number} has a guide of shape {exemplar.guide.shape}, the target "
                             f"{guide_shape}: warp exemplars into the frame and give them the same guide channels")
    if not any(exemplar.valid.any() for exemplar in exemplars):
        raise ShapeError("no exemplar has a valid texel: every frame lies outside its scan")
