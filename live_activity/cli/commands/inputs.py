"""The commands `contract`, `new-sheet` and `template`, which help to prepare the inputs of a campaign."""

from __future__ import annotations

from pathlib import Path

import click

from live_activity.cli.error_reporting import reporting_errors
from live_activity.cli.exit_codes import DONE, WRONG_INPUT
from live_activity.cli.options import file_argument, type_option


@click.command()
@file_argument
@type_option
@click.option("--json-schema", is_flag=True, help="Print the contract as JSON Schema.")
@reporting_errors
def contract(file: Path, type_name: str | None, json_schema: bool) -> int:
    """Show what the app's Swift FILE (or a folder of them, or a JSON Schema) accepts."""
    from live_activity.cli.contract_command import print_contract

    return print_contract(file, type_name, json_schema=json_schema)


@click.command()
@file_argument
@click.option(
    "--row", "number", required=True, type=click.IntRange(min=1), help="The source's data row, from 1."
)
@reporting_errors
def template(file: Path, number: int) -> int:
    """Print what the template of a campaign FILE makes of one source row; nothing is sent."""
    from live_activity.cli.template_command import print_template_row

    return DONE if print_template_row(file, number) else WRONG_INPUT


@click.command("new-sheet")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--contract", required=True, help="The app's Swift file, a folder of them, or a JSON Schema.")
@type_option
@reporting_errors
def new_sheet(file: Path, contract: str, type_name: str | None) -> int:
    """Write an empty timeline workbook FILE.xlsx with the right headings, choices, checks and an example row."""
    from live_activity.cli.contract_command import write_new_sheet

    return write_new_sheet(file, contract, type_name)
