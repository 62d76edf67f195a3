"""What every command of the shell begins with: the settings, or a sentence and exit status 2."""

import typer

from api.settings import Settings


def settings() -> Settings:
    """Return the settings of the environment; ends the command when they are not complete."""
    try:
        return Settings()  # type: ignore[call-arg]
    except ValueError as error:
        typer.echo(f"The settings are not complete: {error}", err=True)
        raise typer.Exit(2) from error
