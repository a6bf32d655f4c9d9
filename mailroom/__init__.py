"""From the drop folder to the case file."""
