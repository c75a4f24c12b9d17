"""Drills under load: requests that arrive by a plan, measured as a client sees them."""
