"""Pages and sheets to look at."""
