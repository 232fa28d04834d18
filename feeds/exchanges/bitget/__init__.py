"""Bitget: spot, and futures settled in USDT, USDC or coins."""
