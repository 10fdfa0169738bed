"""The stages of a run, one plain function each: take a commission, do the work once, leave files and a stamp.

A stage reads what earlier stages left, never their memory, so any of them can be carried out alone or again. Prefect
knows nothing of this folder: `flows.run.portrait` wraps the stages in tasks, the single commands call them as they are.
"""
