"""The command line `glaneur`: one command per process of the platform, and help when something is wrong."""

import logging

import typer
import uvicorn

from api.settings import Settings
from store.migrate import ChangedHistory, migrate

main = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Glaneur: connected drop-off points and optimised rounds.",
)


def _settings() -> Settings:
    try:
        return Settings()  # type: ignore[call-arg]
    except ValueError as error:
        typer.echo(f"The settings are not complete: {error}", err=True)
        raise typer.Exit(2) from error


@main.callback()
def _log(verbose: bool = typer.Option(False, "--verbose", "-v", help="log more")) -> None:
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("httpx").setLevel(logging.WARNING)


@main.command("migrate")
def migrate_command() -> None:
    """Bring the database to this version's schema."""
    try:
        report = migrate(_settings().database.get_secret_value())
    except ChangedHistory as error:
        typer.echo(f"Refused: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{len(report.applied)} migration(s) applied; edition {report.edition}")


@main.command()
def api() -> None:
    """Serve the pages and the JSON API."""
    from api.app import create_app

    settings = _settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="info",
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
