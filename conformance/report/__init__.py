"""Tells a run: on the terminal, and in the engineer's log. Asks nobody."""
