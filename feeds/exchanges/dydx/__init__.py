"""dYdX version 4: perpetuals, as its Indexer states them."""
