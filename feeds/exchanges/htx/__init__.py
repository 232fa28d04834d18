"""HTX: spot, and swaps settled in USDT or in coins."""
