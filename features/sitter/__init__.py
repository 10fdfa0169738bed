"""One sitter: `attributes` (all of them, from `sex_and_age`, `look_classifiers`, `colours` and `features.face`), and the
`parts` of a portrait (from `person`, `place_prior` and `coarse_parts`). `bust` is a small cut-out of head and shoulders with
its parts, on which colours are measured."""
