"""Answers questions about calls from the views `ivr.*_v1`, and says how each number was made."""
