"""The case-file model - store, registry, search and the opened office."""
