"""Custody: from a file in a folder to a delivery that cannot be lost."""
