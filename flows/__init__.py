"""Running it: `corpus` (taking in and measuring), `run` (the stages of a portrait and the Prefect flow), `cli` (commands)."""
