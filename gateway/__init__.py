"""The gateway of one street or one lab."""
