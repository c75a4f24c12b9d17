"""Decides whether a DynamoDB environment may be promoted, and proves it."""
