"""The practice master: an imaginary painter whose sitters are known exactly."""
