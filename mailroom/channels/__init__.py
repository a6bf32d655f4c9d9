"""Sources of deliveries."""
