"""Whose paint a composed picture shows at every texel, and where in that painting it lies.

A guide is put together from paint of several paintings, each carried to its place. As long as it is known where every texel
comes from, that paint can be kept as it is, its height carried along, and its detail read from the scan when the picture is
enlarged.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from data.errors import ShapeError
from models.view_key import ViewKey

NOBODY = 255
"""In `Provenance.lender`: the texel shows no one painting's paint (it was drawn, or mixed from several)."""


@dataclass(frozen=True, eq=False)
class Provenance:
    """Whose paint each texel shows.

    Attributes
    ----------
    lenders : tuple of ViewKey
        Who gave paint.
    lender : (H, W) uint8
        Number in `lenders`, `NOBODY` where the texel is no one painting's.
    field : (H, W, 2) float32
        Where the paint lies in the lender's scan (in its mirror image for a mirrored view), pixels; 0 for nobody's.
    """

    lenders: tuple[ViewKey, ...]
    lender: UInt8[np.ndarray, "H W"]
    field: Float32[np.ndarray, "H W 2"]

    def __post_init__(self) -> None:
        if self.field.shape != (*self.lender.shape, 2) or len(self.lenders) >= NOBODY:
            raise ShapeError(f"expected a place for each of {self.lender.shape} texels and fewer than {NOBODY} lenders, got "
                             f"{self.field.shape} and {len(self.lenders)}")

    @classmethod
    def nobody(cls, shape: Sequence[int]) -> "Provenance":
        """Nobody's paint on a canvas of so many rows and columns."""
        return cls((), np.full(tuple(shape), NOBODY, np.uint8), np.zeros((*shape, 2), np.float32))

    @property
    def known(self) -> Bool[np.ndarray, "H W"]:
        """Where the paint is one painting's."""
        return self.lender != NOBODY

    def covered(self, where: Bool[np.ndarray, "H W"], key: ViewKey, field: Float32[np.ndarray, "H W 2"]) -> "Provenance":
        """The same with paint of one view laid over it.

        Parameters
        ----------
        where : (H, W) bool
            What it covers.
        key : ViewKey
        field : (H, W, 2) float32
            Where its paint lies in its scan, pixels.
        """
        lenders = self.lenders if key in self.lenders else (*self.lenders, key)
        return Provenance(lenders, np.where(where, lenders.index(key), self.lender).astype(np.uint8),
                      np.where(where[..., None], field, self.field).astype(np.float32))

    def laid_over(self, where: Bool[np.ndarray, "H W"], upper: "Provenance") -> "Provenance":
        """The same with all of another picture laid over it, nobody's paint included.

        Parameters
        ----------
        where : (H, W) bool
            What the upper picture covers.
        upper : Provenance
        """
        laid = self.without(where)
        for number, key in enumerate(upper.lenders):
            laid = laid.covered(where & (upper.lender == number), key, upper.field)
        return laid

    def without(self, where: Bool[np.ndarray, "H W"]) -> "Provenance":
        """The same, but nobody's there."""
        return Provenance(self.lenders, np.where(where, NOBODY, self.lender).astype(np.uint8),
                      np.where(where[..., None], 0, self.field).astype(np.float32))

    def arrays(self) -> dict[str, Any]:
        """What `of_arrays` needs, by name, for an .npz file."""
        return {"provenance_lenders": json.dumps(self.lenders), "provenance_lender": self.lender,
                "provenance_field": self.field}

    @classmethod
    def of_arrays(cls, held: Any, shape: Sequence[int]) -> "Provenance":
        """From an .npz file with what `arrays` gave; files of earlier versions hold nothing of it: nobody's paint."""
        if "provenance_lenders" not in held:
            return cls.nobody(shape)
        lenders = tuple(ViewKey(str(name), bool(mirrored)) for name, mirrored in json.loads(str(held["provenance_lenders"])))
        return cls(lenders, held["provenance_lender"], held["provenance_field"])
