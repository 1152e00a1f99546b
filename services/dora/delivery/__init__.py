"""The engine of the delivery metrics, shared by the service and scripts/dora_metrics.py.

Standard library only: events, commits and rules in, numbers with their evidence out. Times are seconds since 1970, UTC.
"""
