"""`python -m live_activity` is the command `live-activity`."""

from live_activity.cli.main import main

if __name__ == "__main__":
    main(prog_name="live-activity")
