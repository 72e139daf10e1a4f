"""The engine over recorded or given facts."""
