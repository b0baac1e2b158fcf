"""Going live: requests of the chosen providers are passed on to the real thing, and recorded."""
