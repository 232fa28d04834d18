"""MEXC: spot, whose pushes are protobuf, and futures."""
