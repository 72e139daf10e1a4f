"""What a device says and understands: values and pure functions, no I/O and no clock."""
