"""xdomea messages of disposal."""
