"""Connect the suite to pytest: options, collection, fixtures, and findings."""
