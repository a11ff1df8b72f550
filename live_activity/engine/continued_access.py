"""Access to the Python functions that an edition has read as tables, for every run that continues it."""

from __future__ import annotations

import os
from dataclasses import replace

from live_activity.engine.run_request import RunRequest
from live_activity.ledger import Database, EditionRecord, find_edition, last_reading
from live_activity.tables.python_function import access_to_functions, holds_functions


def with_functions_read_before(request: RunRequest, database: Database) -> RunRequest:
    """The request with access to the functions that the edition it names has read; any other request unchanged.

    A run that continues an edition may have been created by a worker, with parameters that somebody typed into a form.
    So a function counts as read only if the ledger says so: the people were staged from it, or the timeline had a good
    reading from it. Only a run that was allowed to call it can have recorded that. Raises `InvalidInput` where the
    ledger has no such edition.
    """
    if request.edition_id is None:
        return request
    record = find_edition(database, request.edition_id)
    tables = _tables_read(database, record)
    known = record.functions_folder
    folder = known if known is not None and holds_functions(known, tables) else os.getcwd()
    found = access_to_functions(tables, folder=folder)
    if not found.functions:
        return request
    functions = request.access.functions | found.functions
    access = replace(request.access, functions=functions, folder=request.access.folder or found.folder)
    return replace(request, access=access)


def _tables_read(database: Database, record: EditionRecord) -> list[str]:
    """The timeline and the table of the people, as far as they were read.

    The people's table cannot change while the edition is open; a run that continues it may name another timeline.
    """
    found = []
    people, timeline = record.table_of_ids, record.parameters.get("timeline")
    if people is not None and record.folder is not None:
        found.append(people)
    if timeline is not None and last_reading(database, record.id, timeline) is not None:
        found.append(timeline)
    return found
