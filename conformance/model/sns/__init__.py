"""SNS: who publishes to a topic, and which messages a subscription takes."""
