"""Any photograph in a master's hand: with faces, whose landmarks guide it, or without; by any of three engines.

The neural engine changes the photograph until its features are distributed as in the works; the patch engine paints it
with passages of the works themselves, laid over it face to face; the fast engine is a network that was taught one hand.

The way of a picture: `preparing` makes a `Scene` of it, for which `choosing` picks works of the masters; `engines` paint the
scene; `drawing` brings in what the painting takes from the picture.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float32, UInt8

from data.checkpoint import Checkpoint
from data.progress import Progress
from render.imaging.colour_transfer import with_colours_of
from render.restyle.drawing import enlarged
from render.restyle.engines import engine_named
from render.restyle.lenders import Master
from render.restyle.preparing import prepare
from render.restyle.scene import Scene
from render.restyle.settings import RestyleSettings


def restyle(rgb: Float32[np.ndarray, "H W 3"], masters: Sequence[Master], settings: RestyleSettings | None = None, *,
            faces: Sequence[Float[np.ndarray, "68 2"]] | None = None, regions: UInt8[np.ndarray, "H W"] | None = None,
            progress: Progress | None = None, checkpoint: Checkpoint | None = None) -> Float32[np.ndarray, "H W 3"]:
    """A photograph in the masters' hand.

    Parameters
    ----------
    rgb : (H, W, 3) float32 in [0, 1]
    masters : sequence of Master
        Several meet by weight everywhere, or with `regions` each holds its own.
    settings : RestyleSettings, optional
    faces : sequence of (68, 2), optional
        Landmarks in the photograph, the largest face first; looked for if not given. Empty: paint it as a picture without
        faces.
    regions : (H, W) uint8, optional
        Number of the master that holds at each place, from 0.
    progress : callable(done, total), optional
    checkpoint : Checkpoint, optional
        A run that finds what another left there goes on after it, to the same bytes.

    Returns
    -------
    (H, W, 3) float32 in [0, 1]

    Raises
    ------
    ShapeError, UsageError, CorpusError, NoFaceError
        As `prepare`.
    """
    scene = prepare(rgb, masters, settings or RestyleSettings(), faces=faces, regions=regions)
    return paint_scene(scene, progress=progress, checkpoint=checkpoint)


def paint_scene(scene: Scene, *, progress: Progress | None = None,
                checkpoint: Checkpoint | None = None) -> Float32[np.ndarray, "H W 3"]:
    """The picture of a scene in the masters' hand.

    Parameters
    ----------
    scene : Scene
    progress : callable(done, total), optional
    checkpoint : Checkpoint, optional

    Returns
    -------
    (H, W, 3) float32 in [0, 1]
    """
    settings, engine = scene.settings, engine_named(scene.settings.engine)
    if settings.strength == 0:
        return scene.rgb
    # An engine that ignores strength paints at full strength, and the result is mixed with the picture afterwards.
    own, mixed = (settings.strength, 1.0) if engine.obeys_strength else (1.0, settings.strength)
    painted = enlarged(scene, engine.paint(scene.reduced, progress, checkpoint), own)
    if settings.keep_colours:
        painted = with_colours_of(painted, scene.rgb)
    return painted if mixed == 1 else np.clip(scene.rgb + mixed * (painted - scene.rgb), 0, 1)


def paint_next_frame(scene: Scene, before: Float32[np.ndarray, "H W 3"], trust: Float32[np.ndarray, "H W"],
                     steps: int) -> Float32[np.ndarray, "H W 3"]:
    """A frame of a film: begun from the frame before if the engine can do that, else painted by itself.

    Parameters
    ----------
    scene : Scene
    before : (H, W, 3) float32 in [0, 1]
        The frame before, as it was painted, carried to where its things are now.
    trust : (H, W) float32 in [0, 1]
        How far that can be trusted.
    steps : int

    Returns
    -------
    (H, W, 3) float32 in [0, 1]
    """
    engine = engine_named(scene.settings.engine)
    if engine.paint_next is None:
        return paint_scene(scene)
    strength = scene.settings.strength if engine.obeys_strength else 1.0
    return enlarged(scene, engine.paint_next(scene.reduced, before, trust, steps), strength)
