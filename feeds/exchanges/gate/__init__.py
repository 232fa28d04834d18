"""Gate: spot, and futures settled in USDT."""
