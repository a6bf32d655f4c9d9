"""Periods: rules with their versions, what binds a case, and when it falls due."""
