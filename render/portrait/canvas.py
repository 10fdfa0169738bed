"""The canvas of a portrait: how many texels it has, and how large they are in print."""

from data.units import texels_per_inch
from models.alignment import Frame


def canvas_frame(megapixels: float) -> Frame:
    """The frame that all sitters share, at a size of so many million texels; compose then moves the face within it."""
    frame = Frame()
    return frame.scaled(round((megapixels * 1e6 * frame.width_px / frame.height_px) ** 0.5))


def texel_pitch_mm(frame: Frame, width_mm: float) -> float:
    """Size of a texel of `frame`, mm, in a print of this width; texels are cells, so the print is exactly that wide."""
    return width_mm / frame.width_px


def canvas_in_words(frame: Frame, width_mm: float) -> str:
    """Texels, size in print and resolution of a portrait of this width."""
    pitch = texel_pitch_mm(frame, width_mm)
    return (f"{frame.width_px} x {frame.height_px} texels, {frame.width_px * pitch:.1f} x {frame.height_px * pitch:.1f} mm at "
            f"{texels_per_inch(pitch):.0f} dpi")
