"""The record handed on: to servers by cursor, to files on request."""
