"""Whether a portrait's composition is its own: how like it is to the likest work, and how much of it keeps one painting's
arrangement."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Float32, Int

from data.coordinates import rescale_points
from models.alignment import Frame
from models.composition import describe, head_mask
from models.composition_copy import copy_verdict, limits_of
from models.composition_likeness import CompositionIndex
from models.view import View
from models.warping import warp_field
from render.portrait.arrangement import Arrangement, arrangement_share
from render.portrait.critique import Figures

_ARRANGED_PX = 384
"""Width at which arrangements are looked for: a figure about shares needs no more."""


def composition_figures(rgb: Float32[np.ndarray, "H W 3"], landmarks_xy: Float[np.ndarray, "68 2"], index: CompositionIndex,
                        arrangement: Arrangement | None = None, source_names: Sequence[str] = ()) -> Figures:
    """How like a portrait's composition is to the likest works, against what is usual between works.

    Parameters
    ----------
    rgb : (H, W, 3) float32
        The portrait, sRGB in [0, 1].
    landmarks_xy : (68, 2)
        Of its head, in texels of `rgb`.
    index : CompositionIndex
    arrangement : Arrangement, optional
        Of `painted_arrangement`.
    source_names : sequence of str
        The painting of each source that `arrangement` numbers.

    Returns
    -------
    dict
        Each measure ("correlation", "keypoints", "embedding") of the work likest by it, with "_painting", "_mirrored",
        "_percentile" (None: too few works), "_usual" and "_seldom" (where known) after its name; "points" of fault;
        "is_copy"; "arrangement_share" and "arrangement_painting" (None without an arrangement); "sentence".
    """
    likest, limits = index.likest(describe(rgb, landmarks_xy, index.frame), thorough=True), limits_of(index)
    verdict = copy_verdict(likest, limits)
    figures: Figures = {}
    for measure, found in likest.items():
        figures |= {measure: round(found.value, 4), f"{measure}_painting": found.painting,
                    f"{measure}_mirrored": found.mirrored,
                    f"{measure}_percentile": None if found.percentile is None else round(found.percentile, 1)}
        if measure in limits:
            usual, seldom = limits[measure]
            figures |= {f"{measure}_usual": round(usual, 4), f"{measure}_seldom": round(seldom, 4)}
    figures |= {"points": round(verdict.points, 3), "is_copy": verdict.is_copy, "works": len(index.names),
                "arrangement_share": None, "arrangement_painting": None, "sentence": verdict.reason}
    if likest and any(found.percentile is None for found in likest.values()):
        figures["sentence"] += f" The corpus has too few works ({len(index.names)}) to say what is usual among them."
    if arrangement is not None:
        giver = source_names[arrangement.source] if arrangement.source >= 0 else None
        figures |= {"arrangement_share": round(arrangement.share, 4), "arrangement_painting": giver}
        if giver is not None:
            figures["sentence"] += (f" The largest part that keeps one painting's arrangement is {giver}'s, "
                                    f"{100 * arrangement.share:.0f} % of the canvas outside the head.")
    return figures


def painted_arrangement(source: Int[np.ndarray, "H W 3"], views: Sequence[View], landmarks_xy: Float[np.ndarray, "68 2"],
                        frame: Frame, *, fields: Mapping[int, Float32[np.ndarray, "H W 2"]] | None = None) -> Arrangement:
    """The arrangement that a painting keeps of one work, from its source map.

    Parameters
    ----------
    source : (H, W, 3) int32
        Exemplar, row and column of every texel, at the size of `frame`.
    views : sequence of View
        The exemplars' views, each carried onto the layout as `models.warping.warp_field` does.
    landmarks_xy : (68, 2)
        The layout, in texels of `frame`.
    frame : Frame
    fields : mapping of (H, W, 2) float32, optional
        By number, for those exemplars that came to the canvas in another way than by their faces
        (`render.portrait.kept_paint.lent_fields`): where each texel lies in the scan, pixels.
    """
    step = max(1, frame.width_px // _ARRANGED_PX)
    fewer = source[::step, ::step]
    xy = np.zeros((*fewer.shape[:2], 2), np.float32)
    for number, view in enumerate(views):
        there = fewer[..., 0] == number
        if there.any():
            field = (fields or {}).get(number)
            if field is None:
                field = warp_field(view.landmarks_xy, landmarks_xy, frame)
            xy[there] = field[fewer[there][:, 1], fewer[there][:, 2]]
    head = head_mask(rescale_points(landmarks_xy, 1 / step), fewer.shape[:2])
    return arrangement_share(fewer[..., 0], xy, head)
