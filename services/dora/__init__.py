"""Measures software delivery from deployments, git and incidents, with the evidence behind each number."""
