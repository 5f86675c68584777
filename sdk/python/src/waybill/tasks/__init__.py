"""Typed tasks: what goes in and comes out, written down once."""
