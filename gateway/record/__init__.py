"""One SQLite file: what was read, decided, ordered and refused."""
