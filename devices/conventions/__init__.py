"""One module a make: decode and encode stand together."""
