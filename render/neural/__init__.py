"""Paint worked by a perceptual network: style optimisation by tiles, and what is built on it."""
