"""Words for backups: schedules, selections, and what a protected table has."""
