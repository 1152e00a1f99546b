"""Deliveries of other programs: who sent one, whether its secret is right, and what it tells."""
