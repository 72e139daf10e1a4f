"""The command reverbere: a module a verb."""
