"""The stages of a letter, in order: identify, prepare, split, recognise, extract, suggest."""
