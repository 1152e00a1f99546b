"""One module a command; each has `register(app)`. Heavy imports belong inside the functions."""
