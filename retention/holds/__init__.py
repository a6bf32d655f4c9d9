"""Holds (Löschsperren): on cases, classes and queries."""
