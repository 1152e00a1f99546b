"""The `iact` command line: one typer application made of the modules in `iact/commands`.

Only the module that the first word names is imported, so `iact status` does not wait for numpy;
help, and a word that names no module (`demo` lives in `up`), import them all.
"""

import importlib
import pkgutil
import sys
from typing import Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

import iact.commands
from iact.errors import CommandFailed
from shared.settings import MissingSetting


class Group(TyperGroup):
    """Turns an expected failure into one sentence on stderr and exit code 1."""

    @override
    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except (CommandFailed, MissingSetting) as failure:
            typer.echo(f"iact: {failure}", err=True)
            raise typer.Exit(1) from failure


def command_modules(first_word: str) -> list[str]:
    """Names of the modules to import for a command line that starts with this word."""
    names = [module.name for module in pkgutil.iter_modules(iact.commands.__path__)]
    return [first_word] if first_word in names else names


def build(first_word: str) -> typer.Typer:
    """The application with the commands that this first word can need."""
    application = typer.Typer(
        cls=Group,
        name="iact",
        help="IVR Analytics & Customer Tracking.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    application.callback()(lambda: None)
    for name in command_modules(first_word):
        importlib.import_module(f"iact.commands.{name}").register(application)
    return application


app = build(sys.argv[1] if len(sys.argv) > 1 else "")
