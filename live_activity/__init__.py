"""Live Activity campaigns: checked, rehearsed and run from any Python program. Imports no Prefect.

Everything in `__all__` is imported at its first use, so that `import live_activity` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from live_activity.api.account import Account
    from live_activity.campaign.model import Campaign
    from live_activity.core.findings import Finding, InvalidInput
    from live_activity.library.ledger import read_ledger
    from live_activity.library.play import acheck, arehearse, arun, atest, check, rehearse, run, test
    from live_activity.library.report import Report

__all__ = [
    "Account",
    "Campaign",
    "Finding",
    "InvalidInput",
    "Report",
    "acheck",
    "arehearse",
    "arun",
    "atest",
    "check",
    "read_ledger",
    "rehearse",
    "run",
    "test",
]

_MODULES = {
    "Account": "api.account",
    "Campaign": "campaign.model",
    "Finding": "core.findings",
    "InvalidInput": "core.findings",
    "Report": "library.report",
    "read_ledger": "library.ledger",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_MODULES.get(name, 'library.play')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
