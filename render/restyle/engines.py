"""The engines that paint a scene, by name (`render.restyle.settings.RESTYLE_ENGINES`).

An engine's module is imported only when it is used: the neural and the patch engine load torch, which takes seconds. To add an
engine: a module with an `ENGINE`, a line here, and its name among `RESTYLE_ENGINES`.
"""

from importlib import import_module

from render.restyle.scene import SceneEngine

_MODULES = {"neural": "render.restyle.neural_engine", "patch": "render.restyle.patch_engine",
            "fast": "render.restyle.network_engine"}


def engine_named(name: str) -> SceneEngine:
    """The engine of one of the names in `RESTYLE_ENGINES`."""
    return import_module(_MODULES[name]).ENGINE
