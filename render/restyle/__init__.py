"""Photographs and films in a master's hand."""
