"""Small, reversible exercises on items of our own; each returns what it observed."""
