"""Engines: the folder of an index, and the two that write and ask it."""
