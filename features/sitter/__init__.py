"""What is told of one sitter: `attributes` (all of them), by `sex_and_age`, `look_classifiers` and `colours`; and the `parts`
of a portrait, made from `person`, `place_prior` and `coarse_parts`, small in a `bust`."""
