"""Formats: which a file has, what becomes of it, and how great the risk is."""
