"""The synthetic market: makers, takers, walls and icebergs meeting in one book.

Integer arithmetic and one Mersenne Twister only, so that the same seed makes the same events on
every machine. All its numbers are invented; nothing in it is a claim about any venue.
"""
