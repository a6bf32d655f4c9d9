"""Processing: a delivery goes through the stages and becomes letters."""
