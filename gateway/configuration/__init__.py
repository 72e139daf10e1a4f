"""YAML files into one immutable site."""
