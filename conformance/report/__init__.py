"""A run on the terminal and in the engineer's log, from its findings alone."""
