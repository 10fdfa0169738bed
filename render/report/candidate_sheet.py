"""Sheets of compositions side by side, each with its faults."""

from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Float32, Shaped, UInt8
from PIL import Image, ImageDraw, ImageFont
from PIL.ImageFont import FreeTypeFont
from PIL.ImageFont import ImageFont as BitmapFont

from data.colour import from_uint8, to_uint8
from data.landmarks import INNER_LIP, LEFT_EYE, LINES, OUTER_LIP, RIGHT_EYE
from data.parts import Part
from render.portrait.compose import Candidate
from render.portrait.guide import Guide

_CELL_WIDTH_PX = 300
_GAP_PX = 10
_FONT_SIZE, _LINE_PX, _MARGIN_PX = 13, 17, 4
_NAME_LENGTH = 28           # characters of a file name that are shown, from its end
_LEAST_FAULT = 0.05         # points; smaller faults are not listed
_PAPER, _INK, _LINE_COLOUR = (34, 31, 28), (232, 226, 214), (40, 20, 20)
_PART_COLOURS = {Part.BACKGROUND: (58, 54, 50), Part.HAIR: (110, 80, 60), Part.CLOTHING: (84, 92, 104),
                 Part.NECK: (196, 160, 134)}
_SKIN_COLOUR = (214, 180, 152)


def candidate_sheet(candidates: Sequence[Candidate]) -> Float32[np.ndarray, "H W 3"]:
    """One column for each candidate: layout over parts, guide, painted thumbnail (where there is one), and its faults; sRGB
    in [0, 1]."""
    columns = []
    for number, candidate in enumerate(candidates, 1):
        guide = candidate.thumbnail
        cells = [_cell(layout_drawing(guide)), _cell(guide.colour)]
        if candidate.painted is not None:
            cells.append(_cell(candidate.painted))
        faults = ", ".join(f"{name} {points:.1f}" for name, points in candidate.faults.items() if points > _LEAST_FAULT)
        lines = [f"{number}: {candidate.sitter.sentence()}",
                 f"score {candidate.score:.1f} (less is better)", faults or "nothing against it",
                 f"nearest {candidate.nearest[-_NAME_LENGTH:]} at {candidate.distance:.2f}"]
        if candidate.refused:
            lines.append(f"refused: {candidate.refused}")
        columns.append(np.vstack([_caption(lines), *cells]))
    height = max(len(column) for column in columns)
    columns = [np.pad(column, ((0, height - len(column)), (0, _GAP_PX), (0, 0))) for column in columns]
    return from_uint8(np.hstack(columns))


def layout_drawing(guide: Guide) -> UInt8[np.ndarray, "H W 3"]:
    """The parts in plain tones, and the 68 landmarks joined to lines."""
    picture = np.full((*guide.parts.shape, 3), _SKIN_COLOUR, np.uint8)
    for part, colour in _PART_COLOURS.items():
        picture[guide.parts == part] = colour
    thickness = max(1, round(picture.shape[1] / 400))
    for span in LINES:
        closed = span in (LEFT_EYE, RIGHT_EYE, OUTER_LIP, INNER_LIP)
        line = np.round(guide.landmarks[span] * 16).astype(np.int32)
        cv2.polylines(picture, [line], closed, _LINE_COLOUR, thickness, cv2.LINE_AA, shift=4)
    return picture


def _cell(picture: Shaped[np.ndarray, "H W 3"]) -> UInt8[np.ndarray, "h w 3"]:
    """A picture (float32 in [0, 1] or uint8) as wide as a column, with a gap below it."""
    if picture.dtype != np.uint8:
        picture = to_uint8(picture)
    height = round(picture.shape[0] * _CELL_WIDTH_PX / picture.shape[1])
    small = cv2.resize(picture, (_CELL_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
    return np.pad(small, ((0, _GAP_PX), (0, 0), (0, 0)))


def _caption(lines: Sequence[str]) -> UInt8[np.ndarray, "h w 3"]:
    """Lines of text as wide as a column, wrapped where they are longer."""
    font, row = ImageFont.load_default(_FONT_SIZE), 0
    wrapped = [_wrapped(line, font) for line in lines]
    paper = Image.new("RGB", (_CELL_WIDTH_PX, _LINE_PX * max(sum(map(len, wrapped)), len(lines) + 2)), _PAPER)
    draw = ImageDraw.Draw(paper)
    for pieces in wrapped:
        for piece in pieces:
            draw.text((_MARGIN_PX, _MARGIN_PX + row * _LINE_PX), piece, fill=_INK, font=font)
            row += 1
    return np.asarray(paper)


def _wrapped(text: str, font: FreeTypeFont | BitmapFont) -> list[str]:
    """The text in pieces that fit into a column."""
    pieces = [""]
    for word in text.split():
        longer = f"{pieces[-1]} {word}".strip()
        if font.getlength(longer) > _CELL_WIDTH_PX - 2 * _MARGIN_PX and pieces[-1]:
            pieces.append(word)
        else:
            pieces[-1] = longer
    return pieces
