"""What a page hands to its scripts cannot end the script, and comes back whole."""

import json

from render.report.template import _script_json


def test_json_within_a_script_cannot_close_it():
    value = {"file": "</script><b>a\u2028b", "n": [1, None]}
    text = _script_json(value)
    assert "<" not in text and "\u2028" not in text and json.loads(text) == value
