"""Storage places behind one port."""
