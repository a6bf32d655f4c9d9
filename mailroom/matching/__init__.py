"""Matching: the open case that a letter belongs to, and letters that came before."""
