"""The `iact` command: it starts the whole system, feeds it, and asks it questions."""
