"""Scripts of the repository. A package only so that the tests can import what the shell scripts call."""
