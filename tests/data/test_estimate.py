"""An estimate survives JSON, but for digits of its confidence that mean nothing."""

import json

from data.estimate import Estimate


def test_an_estimate_survives_json():
    for value in ("female", 31.5, True, None):
        told = Estimate(value, 0.123456, "model:look")
        record = json.loads(json.dumps(told.to_json()))
        assert record == {"value": value, "confidence": 0.1235, "origin": "model:look"}
        assert Estimate.from_json(record).to_json() == record
