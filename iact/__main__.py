"""`python -m iact` is the same as the installed `iact` command."""

from iact.cli import app

if __name__ == "__main__":
    app(prog_name="iact")
