"""A corpus as it is taken in, measured and learned from, with what is remembered between runs."""
