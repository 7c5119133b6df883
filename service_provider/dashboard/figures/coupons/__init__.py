"""What the pages about coupons show."""
