"""Sheets of compositions side by side, with what the critic holds against each."""

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from data.landmarks import INNER_LIP, LEFT_EYE, LINES, OUTER_LIP, RIGHT_EYE
from data.parts import Part

_CELL_WIDTH_PX = 300
_GAP_PX = 10
_PAPER, _INK = (34, 31, 28), (232, 226, 214)
_PART_COLOURS = {Part.BACKGROUND: (58, 54, 50), Part.HAIR: (110, 80, 60), Part.CLOTHING: (84, 92, 104),
                 Part.NECK: (196, 160, 134)}
_SKIN_COLOUR = (214, 180, 152)


def candidate_sheet(candidates):
    """One column for each candidate: layout over parts, guide, painted thumbnail (where there is one), and its faults.

    Parameters
    ----------
    candidates : sequence of render.portrait.compose.Candidate

    Returns
    -------
    (H, W, 3) float32 sRGB in [0, 1]
    """
    columns = []
    for number, candidate in enumerate(candidates, 1):
        guide = candidate.thumbnail
        cells = [_cell(layout_drawing(guide)), _cell(guide.colour)]
        if candidate.painted is not None:
            cells.append(_cell(candidate.painted))
        faults = ", ".join(f"{name} {points:.1f}" for name, points in candidate.faults.items() if points > 0.05)
        lines = [f"{number}: {candidate.sitter.sentence()}",
                 f"score {candidate.score:.1f} (less is better)", faults or "nothing against it",
                 f"nearest {candidate.nearest[-28:]} at {candidate.distance:.2f}"]
        columns.append(np.vstack([_caption(lines), *cells]))
    height = max(len(column) for column in columns)
    columns = [np.pad(column, ((0, height - len(column)), (0, _GAP_PX), (0, 0))) for column in columns]
    return np.hstack(columns).astype(np.float32) / np.float32(255)


def layout_drawing(guide):
    """(H, W, 3) uint8: the parts in plain tones, and the 68 landmarks joined to lines."""
    picture = np.full((*guide.parts.shape, 3), _SKIN_COLOUR, np.uint8)
    for part, colour in _PART_COLOURS.items():
        picture[guide.parts == part] = colour
    thickness = max(1, round(picture.shape[1] / 400))
    for span in LINES:
        closed = span in (LEFT_EYE, RIGHT_EYE, OUTER_LIP, INNER_LIP)
        line = np.round(guide.landmarks[span] * 16).astype(np.int32)
        cv2.polylines(picture, [line], closed, (40, 20, 20), thickness, cv2.LINE_AA, shift=4)
    return picture


def _cell(picture):
    if picture.dtype != np.uint8:
        picture = np.round(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    height = round(picture.shape[0] * _CELL_WIDTH_PX / picture.shape[1])
    small = cv2.resize(picture, (_CELL_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
    return np.pad(small, ((0, _GAP_PX), (0, 0), (0, 0)))


def _caption(lines, line_px=17):
    paper = Image.new("RGB", (_CELL_WIDTH_PX, line_px * (len(lines) + 2)), _PAPER)
    draw, font, row = ImageDraw.Draw(paper), ImageFont.load_default(13), 0
    for line in lines:
        for piece in _wrapped(line, font):
            draw.text((4, 4 + row * line_px), piece, fill=_INK, font=font)
            row += 1
    return np.asarray(paper)


def _wrapped(text, font):
    pieces = [""]
    for word in text.split():
        longer = f"{pieces[-1]} {word}".strip()
        if font.getlength(longer) > _CELL_WIDTH_PX - 8 and pieces[-1]:
            pieces.append(word)
        else:
            pieces[-1] = longer
    return pieces
