"""A run: its commission, its stages, the Prefect flow, its record."""
