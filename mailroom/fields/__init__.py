"""What stands in a letter: references, sender, dates, people, amounts."""
