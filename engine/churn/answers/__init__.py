"""The rungs that are no nets, as they answer; web processes may import this."""
