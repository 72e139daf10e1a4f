"""A mosquitto of one's own: who may say what on it, passwords, certificates, and what a device needs to reach it."""
