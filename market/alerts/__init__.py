"""Alerts: rules about one market, and the engine that tells when one of them comes true."""
