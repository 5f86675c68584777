"""HTTP with the standard library: connections that are kept, time limits, and retries."""
