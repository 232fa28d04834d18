"""BitMEX: perpetuals, dated futures and spot, inverse, linear and quanto, as of 2026."""
