"""The sign-off page, a function of the result of a gate."""
