"""Serves the desk."""

from __future__ import annotations

import secrets

import click
from pydantic import SecretStr

from live_activity.cli.console import print_cannot_listen
from live_activity.cli.exit_codes import DONE, FAILED
from live_activity.core.settings import settings
from live_activity.ledger import Database


def serve_desk(host: str, port: int, *, allowed_hosts: tuple[str, ...], prefect_ui: str | None) -> int:
    """Serves the desk until it is stopped. Returns the exit code."""
    from live_activity.core.http_environment import is_loopback
    from live_activity.desk import DeskOptions, serve

    chosen = settings()
    token = (
        chosen.desk_token.get_secret_value() if chosen.desk_token is not None else secrets.token_urlsafe(32)
    )
    try:
        options = DeskOptions(
            token=token,
            proxy_secret=_plain(chosen.desk_proxy_secret),
            metrics_token=_plain(chosen.desk_metrics_token),
            allowed_hosts=allowed_hosts,
            prefect_ui=prefect_ui,
        )
    except ValueError as invalid:
        raise click.UsageError(str(invalid)) from None
    if not is_loopback(host) and not allowed_hosts:
        raise click.UsageError(
            f"{host} is reached from other machines; give the name they use with --allow-host desk.example.com"
        )
    database = Database(chosen.database_url)
    try:
        serve(database, options, host=host, port=port)
    except OSError as error:
        print_cannot_listen(host, port, error)
        return FAILED
    finally:
        database.close()
    return DONE


def _plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None
