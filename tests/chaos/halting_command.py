"""The `live-activity` command in a process that stops itself where its environment says so."""

from live_activity.cli.main import main
from tests.chaos.halting import halt_where_asked

if __name__ == "__main__":
    halt_where_asked()
    main()
