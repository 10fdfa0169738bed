"""A value that may be wrong: what was estimated, how sure, and by whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """One attribute of one face.

    `value` is None when the estimator abstains. `confidence` in [0, 1] is meant as the share of similar cases in which
    such an answer is right. `origin` names who says so: "model:NAME", "geometry", "colour", "catalogue" (a curator, who
    always wins).
    """

    value: str | float | bool | None
    confidence: float
    origin: str

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it; the confidence is rounded to four places."""
        return {"value": self.value, "confidence": round(float(self.confidence), 4), "origin": self.origin}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> "Estimate":
        """The estimate that `to_json` wrote."""
        return cls(record["value"], record["confidence"], record["origin"])
