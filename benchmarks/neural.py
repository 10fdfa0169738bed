"""Measure the neural engine: `python -m benchmarks.neural PHOTO CORPUS_FOLDER [--megapixels M] [--only step,video]`.

Prints one JSON object: seconds of a step at 512 x 512 against VGG-19 with the same losses (random weights: the time is the
same), seconds per megapixel and peak memory, gradients at tile borders against elsewhere, distance to held-out works before and
after, per part, and whether faces stayed. The part `video` makes a film of a moving photograph and measures seconds per frame
and flicker.
"""

import argparse
import json
import os
import platform
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from jaxtyping import Float32

from data.colour import to_uint8
from data.landmarks import landmark_error, outer_eye_distance
from data.scan import read_scan
from features.face.embedding import face_embedding
from features.picture import attributes_of_faces, find_faces, parts_of_faces
from models import style
from models.feedforward_style import FastStyle
from models.perceptual import load_network
from models.style import Work, part_distances, style_distance
from render.neural import level
from render.neural.optimise import neural_paint
from render.neural.settings import NeuralSettings
from render.neural.tiles import one_thread_each, segments
from render.restyle.frames import open_frames
from render.restyle.lenders import Lender, Master
from render.restyle.motion import flicker
from render.restyle.restyle import restyle
from render.restyle.settings import RestyleSettings
from render.restyle.video import FramePainter, restyle_video
from render.restyle.works import works_for


def main() -> None:
    """Measure what `--only` names, and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo")
    parser.add_argument("corpus")
    parser.add_argument("--megapixels", type=float, default=0.25)
    parser.add_argument("--works", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="step,borders,style,paint,video")
    parser.add_argument("--fast", help="a trained fast network for the video")
    parser.add_argument("--engine", default="patch", help="the engine for the video, without a trained fast network")
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--keep", help="folder for some of the video's frames")
    given = parser.parse_args()
    found = {"machine": platform.machine(), "cores": len(os.sched_getaffinity(0)), "load": os.getloadavg()[0]}
    for name in given.only.split(","):
        found[name] = {"step": step_times, "borders": borders, "style": style_and_faces, "paint": painting,
                       "video": video}[name](given)
        print(json.dumps({name: found[name]}), flush=True)
    found["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))


def step_times(given: argparse.Namespace) -> dict[str, float]:
    """Seconds of one step at 512 x 512: SqueezeNet, VGG-19 and their ratio."""
    rgb = cv2.resize(read_scan(given.photo), (512, 512), interpolation=cv2.INTER_AREA).astype(np.float32)
    parts, seconds = np.zeros((512, 512), np.uint8), {}
    honest = load_network

    def untrained(name="squeezenet", device="cpu", pretrained=True):
        return honest(name, device, pretrained and name != "vgg19")

    level.load_network = style.load_network = untrained
    try:
        for network, layers, content in (
                ("squeezenet", NeuralSettings().style_layers, NeuralSettings().content_layer),
                ("vgg19", ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"), "relu4_1")):
            settings = NeuralSettings(network=network, style_layers=layers, content_layer=content, threads=given.threads)
            targets = settings.learn([Work(rgb, parts)], 512, 512)
            with one_thread_each(given.threads) as (pool, device):
                this_level = level.Level(rgb, level.Subject(rgb, parts, None, [((targets, 1.0),)]), 0, settings, device)
                this_level.measure(pool, 0)
                this_level.pull(pool, 0)
                times = []
                for number in range(3):
                    started = time.perf_counter()
                    this_level.pull(pool, number)
                    times.append(time.perf_counter() - started)
            seconds[network] = min(times)
    finally:
        level.load_network = style.load_network = honest
    return {**seconds, "ratio": seconds["vgg19"] / seconds["squeezenet"]}


def borders(given: argparse.Namespace) -> dict[str, float]:
    """Gradient across the last step's tile borders over the gradient elsewhere; style spread between quarters."""
    rgb = cv2.resize(read_scan(given.photo), (320, 320), interpolation=cv2.INTER_AREA).astype(np.float32)
    parts = np.zeros((320, 320), np.uint8)
    works = list(works_for([Lender.of_file(path) for path in _corpus(given)[:3]], (320, 320)))
    found, steps = {}, {}
    for tile_px in (64, 512):
        settings = NeuralSettings(tile_px=tile_px, levels=1, steps=(16, 16), threads=given.threads)
        targets = settings.learn(works, 320, 320)
        painted = neural_paint(rgb, parts, targets, settings)
        quarters = [painted[y:y + 160, x:x + 160] for y in (0, 160) for x in (0, 160)]
        spread = float(np.std([style_distance(q, parts[:160, :160], targets) for q in quarters]))
        found[f"spread at tiles of {tile_px}"] = spread
        steps[tile_px] = np.abs(np.diff(painted, axis=0)).mean((1, 2))
    # Rows differ by what they show: against the same picture painted in one tile they should not differ at all.
    cuts = [low - 1 for step in range(12, 16)
            for _, low, _ in segments(320, 64, np.random.default_rng([0, 0, step, 0]))[1:]]
    ratio = steps[64] / steps[512]
    found["gradient ratio at borders"] = float(ratio[cuts].mean() / np.delete(ratio, cuts).mean())
    return found


def style_and_faces(given: argparse.Namespace) -> dict[str, Any]:
    """Distance to works the engine never saw, per part; landmark error and embedding distance of the face.

    `works alone`: that distance for each work the engine did see, the middle one: what a real work of the master has.
    """
    rgb = _photo(given)
    faces = find_faces(rgb)
    parts = parts_of_faces(rgb, faces, attributes_of_faces(rgb, faces))
    lenders = [Lender.of_file(path) for path in _corpus(given)]
    if faces:
        lenders = sorted((each for each in lenders if each.landmarks_xy is not None),
                         key=lambda each: -outer_eye_distance(each.landmarks_xy))
    lenders = lenders[:2 * given.works]
    taught = lenders[::2]
    unit = outer_eye_distance(faces[0]) if faces else None
    engine, brush = NeuralSettings(threads=given.threads), RestyleSettings().brush_scale
    held = engine.learn(works_for(lenders[1::2], parts.shape, unit, brush_scale=brush), *parts.shape, brush_scale=brush)
    painted = restyle(rgb, [Master(tuple(taught))], RestyleSettings(neural=engine), faces=faces)
    # Plain transfer from one picture: Gram matrices, the photograph as start and content.
    plain = NeuralSettings(style_loss="gram", threads=given.threads)
    single = neural_paint(rgb, parts, plain.learn(works_for(taught[:1], parts.shape, unit, brush_scale=brush), *parts.shape,
                                                  brush_scale=brush), plain)
    found = {name: {part.name: round(value, 3) for part, value in
                    part_distances(picture, parts, held).items()}
             for name, picture in (("photo", rgb), ("painted", painted), ("gram of one picture", single))}
    found["share of the photo's"] = {part: round(found["painted"][part] / value, 3) for part, value in found["photo"].items()}
    # As a loss (Heitz et al. 2021) the distance is squared.
    found["share of the photo's loss"] = {part: round(share ** 2, 3) for part, share in found["share of the photo's"].items()}
    alone = [part_distances(rgb, labels, held) for work in
             works_for(taught, parts.shape, unit, brush_scale=brush)
             for rgb, labels, _ in [work.resized(min(1.0, work.scale * brush))]]
    found["works alone"] = {part.name: round(float(np.median([each[part] for each in alone if part in each])), 3)
                            for part in {part for each in alone for part in each} if part.name in found["photo"]}
    again = find_faces(painted)
    if faces and again:
        found["NME"] = landmark_error(again[0], faces[0])
        found["embedding distance"] = float(np.linalg.norm(face_embedding(rgb, faces[0])
                                                           - face_embedding(painted, again[0])))
    return found


def painting(given: argparse.Namespace) -> dict[str, float]:
    """Seconds and peak memory of a whole restyling."""
    rgb = _photo(given)
    lenders = tuple(Lender.of_file(path) for path in _corpus(given)[:given.works])
    started, cpu = time.perf_counter(), time.process_time()
    restyle(rgb, [Master(lenders)], RestyleSettings(neural=NeuralSettings(threads=given.threads)))
    return {"megapixels": rgb.shape[0] * rgb.shape[1] / 1e6, "seconds": time.perf_counter() - started,
            "cpu seconds": time.process_time() - cpu, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def video(given: argparse.Namespace) -> dict[str, Any]:
    """A pan over a landscape, a zoom onto a face, a face that moves over it: seconds per frame, flicker over that of the
    source. Shots are cuts; each frame is 1280 x 720."""
    from sklearn.datasets import load_sample_image
    size = (1280, 720)
    face = cv2.resize(read_scan(given.photo), (1400, 1400), interpolation=cv2.INTER_CUBIC)
    ground = cv2.resize(load_sample_image("china.jpg").astype(np.float32) / 255, (1600, 1067), interpolation=cv2.INTER_CUBIC)
    oval = np.zeros((1400, 1400, 1), np.float32)
    cv2.ellipse(oval, (700, 420), (330, 400), 0, 0, 360, 1.0, -1)
    oval = cv2.GaussianBlur(oval, (0, 0), 12)[..., None]

    def placed(picture, scale, x, y):
        return cv2.warpAffine(picture, np.float64([[scale, 0, x], [0, scale, y]]), size, flags=cv2.INTER_AREA)

    def frame(n):
        third = -(-given.frames // 3)
        shot, t = divmod(n, third)
        if shot == 0:
            return placed(ground, 1.0, -40 - 4 * t, -150 - t)
        if shot == 1:
            zoom = 0.95 + 0.012 * t
            return placed(face, zoom, 640 - 640 * zoom, 330 - 400 * zoom)
        at = (0.6, 40 + 8 * t, 60 + 3 * t)
        cover = placed(oval, *at)[..., None]
        return placed(ground, 1.0, -40, -150) * (1 - cover) + placed(face, *at) * cover

    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "in", Path(folder) / "out"
        source.mkdir()
        for n in range(given.frames):
            cv2.imwrite(str(source / f"{n:04d}.png"), to_uint8(frame(n)[..., ::-1]))
        if given.fast:
            painter = FramePainter([Master(network=FastStyle.load(given.fast))], RestyleSettings("fast"))
        else:
            lenders = tuple(Lender.of_file(path) for path in _corpus(given)[:given.works])
            painter = FramePainter([Master(lenders)], RestyleSettings(given.engine))
        started, cpu = time.perf_counter(), time.process_time()
        facts = restyle_video(source, out, painter)
        seconds, cpu = ((now - then) / given.frames for now, then in ((time.perf_counter(), started),
                                                                       (time.process_time(), cpu)))
        before, after = flicker(zip(open_frames(source).frames(), open_frames(out).frames(), strict=True))
        if given.keep:
            for n in range(0, given.frames, 6):
                (Path(given.keep) / f"frame_{n:02d}.png").write_bytes((out / f"frame_{n:06d}.png").read_bytes())
    return {"seconds per frame": seconds, "cpu seconds per frame": cpu, "cuts": facts["cuts"], "flicker of source": before,
            "flicker ratio": after / before, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _corpus(given: argparse.Namespace) -> list[Path]:
    return sorted(path for path in Path(given.corpus).iterdir() if path.suffix.lower() in (".jpg", ".png", ".tif"))


def _photo(given: argparse.Namespace) -> Float32[np.ndarray, "H W 3"]:
    rgb = read_scan(given.photo).astype(np.float32)
    scale = np.sqrt(given.megapixels * 1e6 / (rgb.shape[0] * rgb.shape[1]))
    return np.clip(cv2.resize(rgb, None, fx=scale, fy=scale,
                              interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), 0, 1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    main()
