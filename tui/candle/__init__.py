"""Parts of charts of bars: candles, what lies over them, and the strips below."""
