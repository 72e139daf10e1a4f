"""Simulated firmware: devices and walkers that share time with the gateway and nothing else."""
