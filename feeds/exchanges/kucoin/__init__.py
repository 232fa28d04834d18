"""KuCoin: spot, and futures settled in USDT or in coins."""
