"""One file an exchange: its wire format and its rules, as a state machine without I/O."""
