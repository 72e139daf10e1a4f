"""What `reverbere doctor` finds: one module a subject, each from facts to findings, without asking anybody."""
