"""The campaign's flow in a process that stops itself where its environment says so."""

from flows.campaign import campaign
from tests.chaos.halting import halt_where_asked

__all__ = ["campaign"]

halt_where_asked()
