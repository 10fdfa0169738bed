"""What every answer of the command line to bad input must be like."""


def clear(status, said, wanted, *words):
    """An answer to bad input: the wanted status, one or two lines without a traceback, with these words."""
    assert status == wanted, said
    assert "Traceback" not in said and "Error(" not in said
    for word in words:
        assert word in said, said
