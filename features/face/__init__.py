"""A face as geometry: where it is, its 68 landmarks, pose, gaze, expression, proportions, embedding."""
