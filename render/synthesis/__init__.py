"""Example-based synthesis: patches of real paint laid under a guide."""
