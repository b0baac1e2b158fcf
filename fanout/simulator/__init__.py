"""The far end of the wire: a server, a deterministic model and small services."""
