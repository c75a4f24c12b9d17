"""Write the sign-off page from a gate's decision."""
