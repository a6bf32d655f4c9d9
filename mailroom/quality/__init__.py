"""Quality: how well the mail room decided, and what follows from it."""
