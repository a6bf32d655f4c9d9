"""OCFL 1.1: inventory, object, root, layout, validation."""
