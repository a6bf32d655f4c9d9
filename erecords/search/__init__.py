"""One query language, several engines."""
