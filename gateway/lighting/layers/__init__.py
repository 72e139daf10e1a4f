"""The reasons for light, one a module, highest first: override, failsafe, presence, count, program."""
