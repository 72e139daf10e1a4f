"""What makes files that the product ships: run by hand, when a source has news."""
