"""Value types of every area: they do no I/O and import nothing to their right."""
