"""The fast engine: every master is a network that was taught one hand (`models.feedforward_style`), one pass per picture."""

import numpy as np
from jaxtyping import Float32

from data.checkpoint import Checkpoint
from data.progress import Progress
from render.restyle.scene import Scene, SceneEngine


def _paint(scene: Scene, progress: Progress | None = None,
           checkpoint: Checkpoint | None = None) -> Float32[np.ndarray, "H W 3"]:
    """Checkpoints are not used: this takes seconds."""
    painted = np.zeros_like(scene.rgb)
    total = sum(master.weight for master in scene.masters)
    for number, master in enumerate(scene.masters):
        assert master.network is not None, "the fast engine takes networks"
        own = master.network.paint(scene.rgb)
        if scene.regions is not None:
            painted[scene.regions == number] = own[scene.regions == number]
        else:
            painted += own * np.float32(master.weight / total)
        if progress is not None:
            progress(number + 1, len(scene.masters))
    return painted


ENGINE = SceneEngine(lambda scene: scene, _paint)
