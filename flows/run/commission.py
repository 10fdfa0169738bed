"""What was ordered: the corpus, the folder for the results, and every setting of a run, checked before work begins."""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import CorpusError, OutputError, UsageError
from flows.corpus.store import default_cache, key_of, plain
from flows.run.stage_cache import read_stamp
from render.portrait.engines import FINISHES, PAINT_ENGINES

RESULTS = ("portrait.tif", "portrait.png", "height.tif", "height.json", "relief.stl", "relief.3mf", "relief.ply",
           "relief.glb", "relief.html", "raking.png", "raking-left.png", "raking-top.png", "raking-right.png",
           "raking-bottom.png", "depth.png", "height.png", "normal.png", "sources.tif", "sources.json", "report.html",
           "run.json", "critique.json", "statistics.json", "slices", "walk", "work")
"""What a run leaves in its folder; `--force` removes these and nothing else."""

MOST_MEGAPIXELS = 400.0
LEAST_MEGAPIXELS = 0.05


@dataclass(frozen=True)
class Commission:
    """One portrait to be made.

    `megapixels` of the canvas; `width_mm` of the print; `relief_mm` stretches the relief to that height (None: as the
    paint is); `base_mm` of solid below it; `triangles` at the most; `wishes` from `render.portrait.sitter.parse_wishes`;
    `person` a photograph of who shall be painted; `layout` a file with landmarks to keep (`render.portrait.layout.Given`);
    `candidates` compositions painted small to choose from; `jobs` processes for measuring (None: what the machine holds).
    `finish`
    goes over the painting in the end; `dream` is a layer of the perceptual network whose sight is amplified,
    `dream_strength` in hundredths of the range of colour.
    """

    corpus: Path
    out: Path
    seed: int = 1
    megapixels: float = 1.0
    width_mm: float = 200.0
    wishes: dict = field(default_factory=dict)
    person: Path | None = None
    layout: Path | None = None
    candidates: int = 3
    relief_mm: float | None = None
    base_mm: float = 2.0
    triangles: int = 400_000
    engine: str = "patch"
    finish: str | None = None
    dream: str | None = None
    dream_strength: float = 6.0
    cache: Path = field(default_factory=default_cache)
    jobs: int | None = None

    def __post_init__(self):
        for name in ("corpus", "out", "cache"):
            object.__setattr__(self, name, Path(getattr(self, name)).expanduser().absolute())
        for name, option in (("person", "--sitter"), ("layout", "--layout")):
            path = getattr(self, name)
            if path is None:
                continue
            object.__setattr__(self, name, Path(path).expanduser().absolute())
            if not os.path.isfile(path):
                raise UsageError(f"{option} {path}: no such file")
        if self.person is not None and self.layout is not None:
            raise UsageError("--layout does not go with a photograph as --sitter: the photograph decides the layout")
        if not 1 <= self.candidates <= 50:
            raise UsageError(f"--candidates {self.candidates}: expected 1 to 50")
        if not LEAST_MEGAPIXELS <= self.megapixels <= MOST_MEGAPIXELS:
            raise UsageError(f"--megapixels {self.megapixels:g}: expected a size of the canvas from {LEAST_MEGAPIXELS} to "
                             f"{MOST_MEGAPIXELS:g} megapixels, for example --megapixels 1")
        for option, value in (("--width-mm", self.width_mm), ("--base-mm", self.base_mm), ("--relief-mm", self.relief_mm)):
            if value is not None and not 0 < value <= 5000:
                raise UsageError(f"{option} {value:g}: expected a length above 0 and up to 5000 millimetres")
        if self.seed < 0:
            raise UsageError(f"--seed {self.seed}: expected a whole number of 0 or more")
        if self.triangles < 1000:
            raise UsageError(f"--triangles {self.triangles}: expected at least 1000")
        if self.engine not in PAINT_ENGINES:
            raise UsageError(f"--engine {self.engine}: expected one of {', '.join(PAINT_ENGINES)}")
        if self.finish is not None and (self.finish not in FINISHES or self.finish == self.engine):
            raise UsageError(f"--finish {self.finish} over --engine {self.engine}: expected one of {', '.join(FINISHES)}, "
                             "over another engine")
        if self.dream is not None:
            from render.neural.dream import DreamSettings

            DreamSettings(layer=self.dream, strength=self.dream_strength).check()
        if self.jobs is not None and self.jobs < 1:
            raise UsageError(f"--jobs {self.jobs}: expected at least 1 process")

    @property
    def work(self):
        return self.out / "work"

    def arguments(self):
        """All that decides the result, as JSON holds it (where the cache lies and how many processes work do not)."""
        return plain({"corpus": self.corpus, "seed": self.seed, "megapixels": self.megapixels,
                      "width_mm": self.width_mm, "wishes": self.wishes, "person": self.person, "layout": self.layout,
                      "candidates": self.candidates, "relief_mm": self.relief_mm,
                      "base_mm": self.base_mm, "triangles": self.triangles, "engine": self.engine,
                      "finish": self.finish, "dream": self.dream, "dream_strength": self.dream_strength})

    def frame(self):
        """The canvas: the frame all sitters share, at the size asked for (`Bank.cropped` puts the face into it)."""
        from models.alignment import Frame

        frame = Frame()
        return frame.scaled(round((self.megapixels * 1e6 * frame.width_px / frame.height_px) ** 0.5))

    def pitch_mm(self):
        return self.width_mm / self.frame().width_px


def check_corpus(corpus):
    """CorpusError unless the folder is there and can be read; the folder itself is never written to."""
    corpus = Path(corpus)
    if not corpus.exists():
        raise UsageError(f"no folder {corpus}: expected a folder with scans (JPEG, PNG, TIFF) of one master's paintings")
    if not corpus.is_dir():
        raise UsageError(f"{corpus} is a file: expected a folder with scans (JPEG, PNG, TIFF) of one master's paintings")
    if not os.access(corpus, os.R_OK | os.X_OK):
        raise CorpusError(f"the folder {corpus} cannot be read: no permission; make it readable (chmod u+rx)")
    try:
        names = os.listdir(corpus)
    except OSError as error:
        raise CorpusError(f"the folder {corpus} cannot be read: {error.strerror}") from error
    if not names:
        raise CorpusError(f"the folder {corpus} is empty: expected scans (JPEG, PNG, TIFF) of one master's paintings")


def claim(commission, *, force=False):
    """Take the output folder for this commission, or refuse. Gives True where a run of the same commission goes on.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds a run with other arguments, or foreign files, and `force` is not set.
    """
    out = commission.out
    if out == commission.corpus or commission.corpus in out.parents:
        raise UsageError(f"--out {out} lies in the corpus {commission.corpus}: nothing is ever written "
                         "into a corpus; choose another folder")
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file: name a folder with --out")
    plan = read_stamp(commission.work / "plan.json")
    mine = plan is not None and plan.get("key") == key_of(commission.arguments())
    if out.exists() and os.listdir(out) and not mine and not force:
        what = "a run with other arguments" if plan is not None else "other files"
        raise OutputError(f"{out} holds {what}: choose another folder with --out, or give --force to replace what a run "
                          "leaves there (other files stay)")
    try:
        out.mkdir(parents=True, exist_ok=True)
        if not mine:
            _clear(out)
        commission.work.mkdir(exist_ok=True)
        probe = out / f".writable.{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
        _write_plan(commission)
    except OSError as error:
        raise OutputError(f"the output folder {out} cannot be written ({error.strerror}): make it writable, or name "
                          "another with --out") from error
    return mine


def _clear(out):
    for name in RESULTS:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _write_plan(commission):
    import json

    from data.files import replacing

    arguments = commission.arguments()
    with replacing(commission.work / "plan.json") as beside:
        beside.write_text(json.dumps({"key": key_of(arguments), "arguments": arguments}, indent=1))


def planned(out, **changes):
    """The commission whose work lies in a folder, for the commands that carry out a single stage."""
    out = Path(out).expanduser().absolute()
    plan = read_stamp(out / "work" / "plan.json")
    if plan is None:
        raise UsageError(f"{out} is not the folder of a run: start with `atelier compose CORPUS --out DIR`")
    return Commission(out=out, **{**plan["arguments"], **changes})
