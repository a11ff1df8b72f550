"""The invariants of recovery, in far more orders of events than `make test` has time for."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.chaos.chosen import is_soak
from tests.engine.test_recovery_against_fake_vendor import RecoveryInvariants


class RecoveryInManyOrders(RecoveryInvariants):
    """The same invariants, checked in more orders."""


TestRecoveryInManyOrders = pytest.mark.skipif(not is_soak(), reason="hundreds of orders: make soak")(
    RecoveryInManyOrders.TestCase
)
TestRecoveryInManyOrders.settings = settings(max_examples=400, stateful_step_count=50)
