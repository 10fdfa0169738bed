"""One face: where it is (`detection`), its 68 `landmarks` (`mesh`, `fusion`, `geometry`), how sure it is one (`confidence`),
and what follows from the landmarks: `pose`, `gaze`, `expression`, `proportions`, `outline`, and the `embedding` that tells
people apart. `upright` is the face's own frame, `chips` cuts square views out of pictures."""
