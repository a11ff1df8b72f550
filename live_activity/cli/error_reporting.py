"""Turns the errors that a command raises into lines and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from live_activity.cli.exit_codes import FAILED, WRONG_INPUT
from live_activity.core.findings import InvalidInput


def reporting_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Prints what a command raises as lines, and exits with the code that the command returns.

    Unknown settings are printed first; `check` reports them among its findings.
    """

    @wraps(command)
    def reported(*args: Any, **options: Any) -> None:
        from live_activity.cli.console import err, print_findings
        from live_activity.core.settings import unknown_settings

        try:
            if command.__name__ != "check":
                print_findings(unknown_settings(), to=err)
            code = command(*args, **options)
        except InvalidInput as wrong:
            print_findings(wrong.findings, to=err)
            code = WRONG_INPUT
        except KeyboardInterrupt:
            code = FAILED
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise  # click ends the command itself
        except Exception as error:  # one line is easier to read than a traceback
            err.print(_line_of(error), style="red")
            code = FAILED
        sys.exit(code)

    return reported


def _line_of(error: Exception) -> str:
    from live_activity.core.crash_report import report_crash
    from live_activity.ledger import LedgerUnwritable, LostLease, Owned

    return str(error) if isinstance(error, LedgerUnwritable | LostLease | Owned) else report_crash(error)
