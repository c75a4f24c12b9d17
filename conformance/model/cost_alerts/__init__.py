"""Alerts on rising costs, as Cost Explorer and Budgets describe them."""
