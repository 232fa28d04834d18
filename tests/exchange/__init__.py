"""A stand-in exchange: recorded traffic served over real sockets, with faults on demand."""
