"""The faces of a scan: searched for with increasing effort, small ones measured on a finer reading, then judged together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from features.curated import Curated
from features.face.confidence import face_confidence
from features.face.detection import (
    CALM,
    CURATOR,
    SAME_OVERLAP,
    FaceCandidate,
    candidate_from_box,
    enough,
    overlap,
    search,
)
from features.face.geometry import Geometry
from features.face.landmarks import find_landmarks, given_landmarks
from features.face.mesh import MeshViews
from features.scan_region import ScanRegion, Window, read_region

_KEEP_CONFIDENCE = 0.5  # least confidence of a finding that counts as a face
_BESIDE_SURE = 0.4  # once a sure face is found, candidates of a lower score than this are passed over
_SITTER_SHARE = 0.15  # candidates larger than this share of the picture's longer side get the careful look
_SAME_FACE = 0.6  # findings whose middles lie nearer than this share of the smaller face are one face
# A candidate whose score and whose mesh logit are both below these is given up.
_WEAK_SCORE, _WEAK_LOGIT = 0.75, -1
# The mesh does not recognise strict profiles, the detector does: above this score, and this share of the picture's longer side,
# the detector alone decides.
_PROFILE_SCORE, _PROFILE_SHARE = 0.8, 0.12
# Faces shorter than this many pixels (twice eyes to mouth) are measured again on a finer reading,
_FINE_FACE_PX = 130
_FINER_STEP = 1.3  # if a pixel of the picture covers at least this many scan pixels,
_FINER_CONFIDENCE = 0.2  # and if the confidence that it is a face is at least this.
# The finer reading reaches this many face lengths to each side. Its longest side is at most this many faces of the size wanted,
# and at least this many pixels.
_FINER_REACH, _FINER_FACES, _FINER_LEAST_PX = 3.0, 12, 64
_LOST_BY_FINER = 2  # the finer result is dropped if the mesh's logit falls by more than this


@dataclass(frozen=True, eq=False)
class FoundFace:
    """A face and the region of the scan it was found in.

    `candidate` is None where landmarks were given. `careful` says whether all views were taken; `views` are those of the mesh
    that were taken, so that a careful look need not take them again.
    """

    candidate: FaceCandidate | None
    geometry: Geometry
    region: ScanRegion
    confidence: float
    careful: bool = True
    views: MeshViews | None = None

    @property
    def size_px(self) -> float:
        """Length of the face (twice eyes to mouth) in scan pixels."""
        return self.geometry.face_px * float(self.region.step.mean())

    @property
    def source(self) -> str:
        """Who found it."""
        return CURATOR if self.candidate is None else self.candidate.source


class JudgedFaces(NamedTuple):
    """Sure faces, the sitter first; and the reason if there are none."""

    faces: list[FoundFace]
    reason: str | None


def search_faces(region: ScanRegion) -> list[FoundFace]:
    """What may be faces in a region of a scan, sure or not, in the order found."""
    found: list[FoundFace] = []
    sure: list[FaceCandidate] = []
    longest = region.longest_px
    for step, candidates in enumerate(search(region.rgb)):
        for rank, candidate in enumerate(candidates):
            # Once there is a sure face, doubtful findings are passed over: most of them are no faces.
            if sure and candidate.score < _BESIDE_SURE or any(overlap(candidate, one) > SAME_OVERLAP for one in sure):
                continue
            views = MeshViews(region.rgb, candidate)
            if _hopeless(candidate, views.first_logit):
                continue
            careful = (step, rank) == (0, 0) or candidate.side_px > _SITTER_SHARE * longest
            geometry = find_landmarks(region.rgb, candidate, careful=careful, views=views)
            confidence = face_confidence(candidate, geometry, candidate.side_px / longest)
            if step == 0 and _plain_profile(candidate, longest):
                confidence = max(confidence, _KEEP_CONFIDENCE)
            found.append(FoundFace(candidate, geometry, region, confidence, careful, views))
            # Only sure findings keep later steps from looking at the same place again.
            if confidence >= _KEEP_CONFIDENCE:
                sure.append(candidate)
        if enough(step, [(face.confidence, face.candidate.side_px) for face in found if face.candidate], longest,
                  sure=_KEEP_CONFIDENCE):
            break
    return found


def _hopeless(candidate: FaceCandidate, face_logit: float) -> bool:
    """Whether a weak finding can be given up because the mesh sees no face in it. Findings in the calmed view are kept: in
    hatching the mesh sees nothing at first."""
    return candidate.score < _WEAK_SCORE and face_logit < _WEAK_LOGIT and candidate.source != CALM


def _plain_profile(candidate: FaceCandidate, longest_px: int) -> bool:
    """Whether a candidate of the first step counts as a face even if the mesh sees none: a strict profile."""
    return candidate.score > _PROFILE_SCORE and candidate.side_px > _PROFILE_SHARE * longest_px


def curated_faces(region: ScanRegion, curated: Curated) -> list[FoundFace]:
    """The face that a curator pointed out, by landmarks or by a box; none if they did not."""
    if curated.landmarks_xy is not None:
        geometry = given_landmarks(region.rgb, region.from_scan(curated.landmarks_xy))
        return [FoundFace(None, geometry, region, 1.0)]
    if curated.box is not None:
        x, y, width, height = curated.box
        low, size = region.from_scan([x, y]), np.array([width, height]) / region.step
        candidate = candidate_from_box(region.rgb, (*low, *size))
        return [FoundFace(candidate, find_landmarks(region.rgb, candidate), region, 1.0)]
    return []


def read_finer(path: Path | str, face: FoundFace) -> FoundFace:
    """The same face measured on a finer reading of its surroundings, if there is one and the mesh does not lose the face."""
    region, candidate, size = face.region, face.candidate, face.geometry.face_px
    fine_already = size >= _FINE_FACE_PX or (region.step < _FINER_STEP).all()
    if candidate is None or fine_already or face.confidence < _FINER_CONFIDENCE:
        return face
    finest = float((2 * _FINER_REACH * size * region.step).max())
    near = read_region(path, _surroundings(face), max(_FINER_LEAST_PX, round(min(finest, _FINER_FACES * _FINE_FACE_PX))))
    moved = replace(candidate, centre_xy=near.from_scan(region.to_scan(candidate.centre_xy)),
                    side_px=candidate.side_px * float((region.step / near.step).mean()),
                    keypoints_xy=near.from_scan(region.to_scan(candidate.keypoints_xy)))
    views = MeshViews(near.rgb, moved)
    geometry = find_landmarks(near.rgb, moved, careful=False, views=views)
    if geometry.face_logit < face.geometry.face_logit - _LOST_BY_FINER:
        return face
    share = candidate.side_px / region.longest_px
    confidence = 1.0 if candidate.source == CURATOR else face_confidence(candidate, geometry, share)
    return FoundFace(moved, geometry, near, confidence, False, views)


def _surroundings(face: FoundFace) -> Window:
    """The window of the scan around a face that is read again, as far as the region reaches."""
    region, reach = face.region, _FINER_REACH * face.geometry.face_px
    centre = face.geometry.landmarks_xy.mean(0)
    low, high = region.to_scan(centre - reach).astype(int), region.to_scan(centre + reach).astype(int)
    x, y, width, height = region.window
    low = np.clip(low, [x, y], [x + width - 2, y + height - 2])
    high = np.clip(high, low + 2, [x + width, y + height])
    left, top, across, down = (int(v) for v in (*low, *(high - low)))
    return left, top, across, down


def looked_at_with_care(face: FoundFace) -> FoundFace:
    """The face with all views taken, if the search took only some of them."""
    if face.careful or face.candidate is None:
        return face
    geometry = find_landmarks(face.region.rgb, face.candidate, views=face.views)
    return replace(face, geometry=geometry, careful=True)


def judge_faces(faces: Iterable[FoundFace]) -> JudgedFaces:
    """Sure faces, the sitter first (a large face that is surely one); faces found twice are kept once."""
    ordered = sorted(faces, key=lambda face: -face.confidence)
    if not ordered:
        return JudgedFaces([], "no face found: no detector saw one")
    kept: list[FoundFace] = []
    for face in ordered:
        if all(_apart(face, other) > _SAME_FACE * min(face.size_px, other.size_px) for other in kept):
            kept.append(face)
    sure = [face for face in kept if face.confidence >= _KEEP_CONFIDENCE]
    if not sure:
        best = ordered[0].confidence
        return JudgedFaces([], f"no face found: the best of {len(kept)} candidates is a face with confidence {best:.2f} only")
    largest = max(face.size_px for face in sure)
    return JudgedFaces(sorted(sure, key=lambda face: -face.confidence * face.size_px / largest), None)


def _apart(one: FoundFace, other: FoundFace) -> float:
    """Distance of two faces' middles in scan pixels."""
    here, there = (face.region.to_scan(face.geometry.landmarks_xy.mean(0)) for face in (one, other))
    return float(np.linalg.norm(here - there))
