"""Clues that speak for a document type and class."""
