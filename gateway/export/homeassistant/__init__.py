"""The gateway as Home Assistant sees it: what it is told by MQTT discovery, and what may be ordered there. Pure."""
