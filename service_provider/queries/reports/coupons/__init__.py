"""What became of coupons, and what they changed."""
