"""A town's list of lamps, as it comes from a spreadsheet, made into zones, types and luminaires."""
