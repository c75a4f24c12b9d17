"""The commands beside pytest and locust, a module for each."""
