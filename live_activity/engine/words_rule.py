"""Whether an account requires title and message in every push, as its answers have shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from live_activity.api.account import Account


@dataclass(slots=True)
class WordsRule:
    """`required`: the account answered 400 to a push of state alone, and 200 to the same push with words."""

    required: bool = False


_OF_ACCOUNT: dict[str, WordsRule] = {}


def words_rule_of(account: Account) -> WordsRule:
    """The rule of an account, shared by every campaign that this process plays for it."""
    secret = f"{account.base_url}\n{account.api_key.get_secret_value()}"
    return _OF_ACCOUNT.setdefault(hashlib.sha256(secret.encode()).hexdigest(), WordsRule())
