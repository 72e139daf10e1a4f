"""The door of a running gateway: what may be asked, who may ask, and both ends of the socket."""
