"""What to flash: an account's data in the words of the firmware that will use them. Pure but for reading templates."""
