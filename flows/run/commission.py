"""What was ordered: the corpus, the folder for the results, and every setting of a run, checked before work begins.

Each setting is written down here once. The command line makes its options of it (`flows.cli.options`), the Prefect flow its
parameters (`flows.run.portrait`), the record of a run its arguments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self

from data.errors import UsageError
from flows.corpus.store import default_cache, plain
from flows.run.setting import Declared, a_file, declared, one_of, setting, within
from render.portrait.defaults import CANDIDATES
from render.portrait.engines import FINISHES, PAINT_ENGINES

MOST_MEGAPIXELS = 400.0
LEAST_MEGAPIXELS = 0.05
_MOST_CANDIDATES = 50
_MOST_MM = 5000
_LEAST_TRIANGLES = 1000
_ANY = float("inf")
_A_LENGTH = within(0, _MOST_MM, f"expected a length above 0 and up to {_MOST_MM} millimetres", above=True)


def _a_layout(value: Path | str, label: str, commission: "Commission") -> str | None:
    missing = a_file(value, label, commission)
    if missing is None and commission.person is not None:
        return "--layout does not go with a photograph as --sitter: the photograph decides the layout"
    return missing


def _finish(value: str, label: str, commission: "Commission") -> str | None:
    if value in FINISHES and value != commission.engine:
        return None
    return f"{label} over --engine {commission.engine}: expected one of {', '.join(FINISHES)}, over another engine"


def _dream(value: str, label: str, commission: "Commission") -> None:
    from render.neural.dream import DreamSettings  # delays torch

    DreamSettings(layer=value, strength=commission.dream_strength).check()


@dataclass(frozen=True)
class Commission:
    """One portrait to be made.

    `wishes` are those of `render.portrait.sitter.parse_wishes`, `layout` a file that `render.portrait.layout.Given` reads,
    `jobs` None stands for as many processes as the machine holds; the help of the options says what all others mean.

    Raises
    ------
    UsageError
        If a setting cannot be meant, or two of them do not go together.
    """

    corpus: Path
    out: Path = setting("--out", "Folder for the results.", metavar="DIR", decides=False)
    seed: int = setting("--seed", "The same seed gives the same picture.", default=1, told=8,
                        check=within(0, _ANY, "expected a whole number of 0 or more"))
    megapixels: float = setting(
        "--megapixels", "Size of the canvas.", default=1.0, metavar="M", told=4,
        check=within(LEAST_MEGAPIXELS, MOST_MEGAPIXELS, f"expected a size of the canvas from {LEAST_MEGAPIXELS} to "
                     f"{MOST_MEGAPIXELS:g} megapixels, for example --megapixels 1"))
    width_mm: float = setting("--width-mm", "Width of the print.", default=200.0, metavar="W", told=5, check=_A_LENGTH)
    wishes: dict[str, Any] = setting(
        "--sitter", "A wish for the sitter, may be given several times: sex=female|male, age=YEARS, "
        "facing=left|frontal|right, facial_hair=none|moustache|beard, headwear=none|hat, format=head|bust|half-length, "
        "hands=none|one|two, clothing_hue=red|black|..., ground=plain|curtain|landscape, clothing_tone, "
        "background_tone=dark|mid|light, light_from=left|front|right. Who lends what: body, second (what of the garment is not "
        "the body's), head, eyes, nose or mouth=FILE of the corpus. Or a photograph of the person to be painted.",
        default_factory=dict, metavar="KEY=VALUE|PHOTO", many=True)
    person: Path | None = setting("--sitter", default=None, told=1, check=a_file)
    layout: Path | None = setting(
        "--layout", "Keep the landmarks and lenders of this layout.json, as `compose` and `walk` write it; landmarks set to "
        "null are completed.", default=None, metavar="FILE", told=2, check=_a_layout)
    candidates: int = setting(
        "--candidates", "Compositions to choose from; the best is painted small, judged again and carried to full size.",
        default=CANDIDATES, metavar="N", told=3, check=within(1, _MOST_CANDIDATES, f"expected 1 to {_MOST_CANDIDATES}"))
    relief_mm: float | None = setting(
        "--relief-mm", "Stretch the relief to this height.  [default: as thick as the paint is]", default=None, metavar="MM",
        told=7, check=_A_LENGTH)
    base_mm: float = setting("--base-mm", "Solid below the relief.", default=2.0, metavar="MM", told=6, check=_A_LENGTH)
    triangles: int = setting("--triangles", "The most triangles of the solid.", default=400_000, metavar="N", told=9,
                             check=within(_LEAST_TRIANGLES, _ANY, f"expected at least {_LEAST_TRIANGLES}"))
    engine: str = setting("--engine", "How paint is laid: patch, quilting or neural.", default="patch", metavar="NAME",
                          parameter="engine_name", told=10, check=one_of(tuple(PAINT_ENGINES)))
    finish: str | None = setting("--finish", "What goes over the painting in the end: neural.", default=None, metavar="NAME",
                                 told=11, check=_finish)
    dream: str | None = setting(
        "--dream", "Amplify what this layer of the perceptual network sees: conv1, fire2 ... fire9.", default=None,
        metavar="LAYER", told=12, check=_dream)
    dream_strength: float = setting("--dream-strength", "Mean change of a pixel, in hundredths of the range of colour.",
                                    default=6.0, metavar="S")
    cache: Path = setting(
        "--cache", "Where measurements are kept between runs.  [default: $ATELIER_CACHE, $XDG_CACHE_HOME/atelier or "
        "~/.cache/atelier]", default_factory=default_cache, decides=False)
    jobs: int | None = setting(
        "--jobs", "Processes that measure.  [default: as many as the machine holds]", default=None, metavar="N", told=13,
        check=within(1, _ANY, "expected at least 1 process"), decides=False)

    def __post_init__(self) -> None:
        for each in sorted(SETTINGS, key=lambda each: each.said.told):
            value = getattr(self, each.name)
            if each.said.check is not None and value is not None:
                wrong = each.said.check(value, each.label(value), self)
                if wrong is not None:
                    raise UsageError(wrong)
        for name in _PATHS:
            if getattr(self, name) is not None:
                object.__setattr__(self, name, Path(getattr(self, name)).expanduser().absolute())

    @property
    def work(self) -> Path:
        """Where the stages keep what the next ones read."""
        return self.out / "work"

    def arguments(self) -> dict[str, Any]:
        """All that decides the result, as JSON holds it (where the cache lies and how many processes work do not)."""
        return plain({"corpus": self.corpus, **{each.name: getattr(self, each.name) for each in SETTINGS
                                                if each.said.decides}})

    def parameters(self) -> dict[str, Any]:
        """Every setting as a parameter of the flow, which a server can take: paths as text."""
        held = {"corpus": self.corpus, **{each.parameter: getattr(self, each.name) for each in SETTINGS}}
        return {name: str(value) if isinstance(value, Path) else value for name, value in held.items()}

    @classmethod
    def of_parameters(cls, parameters: Mapping[str, Any]) -> Self:
        """The commission that the flow's parameters order; what is None, empty or missing is as by default."""
        given = {each.name: parameters[each.parameter] for each in SETTINGS
                 if parameters.get(each.parameter) not in (None, "")}
        return cls(corpus=Path(parameters["corpus"]), **given)


SETTINGS: tuple[Declared, ...] = tuple(declared(each, Commission) for each in fields(Commission) if each.metadata)
"""Every setting of a run, in the order of options and parameters; the corpus is what they are settings for."""
_PATHS = ("corpus", *(each.name for each in SETTINGS if each.type is Path))
