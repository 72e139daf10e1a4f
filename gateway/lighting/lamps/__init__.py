"""Whether the light is as decided: supervision of lamps, and the power of a level."""
