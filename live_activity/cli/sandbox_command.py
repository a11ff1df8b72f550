"""Serves the sandbox; its page draws cards as the other pages do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from live_activity.cli.console import print_cannot_listen
from live_activity.cli.exit_codes import DONE, FAILED
from live_activity.cli.wall_cards import LayoutCards
from live_activity.core.clock import RealClock
from live_activity.engine.phone_decoding import decoding_of
from live_activity.sandbox import SandboxOptions, serve


def serve_sandbox(host: str, port: int, *, contract: Path | None, **options: Any) -> int:
    """Serves a sandbox until it is stopped; `options` are those of `SandboxOptions`. Returns the exit code."""
    decode = decoding_of(contract) if contract is not None else None
    try:
        chosen = SandboxOptions(**options, decode=decode, cards=LayoutCards())
    except ValueError as invalid:
        raise click.UsageError(str(invalid)) from None
    try:
        serve(chosen, host=host, port=port, clock=RealClock())
    except OSError as error:
        print_cannot_listen(host, port, error)
        return FAILED
    return DONE
