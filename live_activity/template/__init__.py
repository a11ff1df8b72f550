"""Templates: they make the rows of a timeline from the rows of a source that has other columns."""

from live_activity.template.reading import Template, read_template
from live_activity.template.table import TemplatedTable
from live_activity.template.texts import Texts, read_texts

__all__ = ["Template", "TemplatedTable", "Texts", "read_template", "read_texts"]
