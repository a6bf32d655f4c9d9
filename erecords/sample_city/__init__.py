"""Zwönau, the invented city of the demo and the tests."""
