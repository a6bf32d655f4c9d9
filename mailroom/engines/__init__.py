"""OCR engines behind one port."""
