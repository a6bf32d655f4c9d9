"""Disposal lists: proposed, appraised, offered, approved."""
