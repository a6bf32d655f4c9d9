"""Proof by time: RFC 3161 time stamps and evidence records after RFC 4998 over the holding and its register."""
