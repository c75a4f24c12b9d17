"""From the run folders of weeks to one decision that people sign."""
