"""OKX v5: spot, perpetual swaps and dated futures, as of 2026."""
