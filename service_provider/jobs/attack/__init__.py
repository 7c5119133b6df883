"""Coupons attacked on purpose, from many connections at once, and what became of every coin."""
