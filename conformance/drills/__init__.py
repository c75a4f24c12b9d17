"""Drills: restores and switches that are measured, and leave nothing behind."""
