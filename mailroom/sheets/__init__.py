"""Sheets between letters: separators, cover sheets that count, labels with entry numbers."""
