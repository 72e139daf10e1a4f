"""One module a make: what its sensors and lamps say, written from the make's own specification and nothing else."""
