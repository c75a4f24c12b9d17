"""Read the files that people write, and report every problem of a file at once."""
