"""Keeping: checks, copies, repair, rebuilding and erasure of what was taken over."""
