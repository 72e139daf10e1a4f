"""What the gateway costs and how fast it is: every figure beside a baseline of the same run (`make bench`)."""
