"""Alembic migrations of the record database."""
