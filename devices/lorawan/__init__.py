"""What uplinks of LoRaWAN say, whichever network server brings them."""
