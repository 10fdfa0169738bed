"""The canvas of a portrait: how many texels it has, and how large they are in print."""

from models.alignment import Frame


def canvas_frame(megapixels: float) -> Frame:
    """The frame that all sitters share, at a size of so many million texels; compose then moves the face within it."""
    frame = Frame()
    return frame.scaled(round((megapixels * 1e6 * frame.width_px / frame.height_px) ** 0.5))


def texel_pitch_mm(frame: Frame, width_mm: float) -> float:
    """Size of a texel of `frame`, mm, in a print of this width; texels are cells, so the print is exactly that wide."""
    return width_mm / frame.width_px
