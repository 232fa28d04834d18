"""The synthetic market: whole numbers, one Mersenne Twister, and so one market for each seed."""
