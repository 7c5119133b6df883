"""When a coupon may be offered, whether the house allows it, and the policies to compare with."""
