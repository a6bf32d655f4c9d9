"""Language: from text to terms; German words, numbers, dates, and what OCR made of them."""
