"""Erasure requests of persons (Art. 17 DSGVO), answered record by record."""
