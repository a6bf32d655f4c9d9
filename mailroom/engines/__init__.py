"""OCR engines: Tesseract in this process or as a program, both behind ocrmypdf's plugin interface."""
