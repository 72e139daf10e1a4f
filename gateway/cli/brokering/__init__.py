"""What the verbs of `reverbere broker` and the accounts of devices do to files and to mosquitto."""
