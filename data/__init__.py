"""Scans, catalogues and the value types every other room shares."""
