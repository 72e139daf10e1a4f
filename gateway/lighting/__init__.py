"""What light there should be, and whether it is. Pure: facts in, decisions out."""
