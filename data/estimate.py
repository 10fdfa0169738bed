"""A value that may be wrong: what was estimated, how sure, and by whom."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """One attribute of one face.

    `value` is None when the estimator abstains. `confidence` in [0, 1] is meant as the share of like cases that are
    right. `origin` names who says so: "model:NAME", "geometry", "colour", "catalogue" (a curator, who always wins).
    """

    value: str | float | bool | None
    confidence: float
    origin: str

    def to_json(self):
        return {"value": self.value, "confidence": round(float(self.confidence), 4), "origin": self.origin}

    @classmethod
    def from_json(cls, record):
        return cls(record["value"], record["confidence"], record["origin"])
