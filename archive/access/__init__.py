"""Access: who may see what, until when it is closed, and what is given out."""
