"""The commands of the root: one module a group."""
