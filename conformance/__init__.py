"""Decides whether a DynamoDB environment may be promoted, and proves it."""

__version__ = "0.3.0"
