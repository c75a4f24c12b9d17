"""The decision of a gate, from the run folders of weeks to a page that people sign."""
