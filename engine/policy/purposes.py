"""What policies draw chance for. The numbers stay clear of those that a simulated world uses for its shocks,
so that a policy's luck is never the shopper's."""

CHANCE_ISSUE = 40
"""Whether a coupon is offered."""

CHANCE_ARM = 41
"""Which one."""
