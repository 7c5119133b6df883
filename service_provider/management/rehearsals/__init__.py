"""A rehearsal on a terminal: its table, and its picture as a file."""
