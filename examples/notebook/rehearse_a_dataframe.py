"""Rehearses a campaign that is made of two DataFrames, and plots how many phones each push reached.

The cells (`# %%`) run in Jupyter, in VS Code or as a script:

    python examples/notebook/rehearse_a_dataframe.py reach.png
"""

# %% The timeline of a marathon, with a row for each mark that the leader passes. Pace and gaps are made up.
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import live_activity

marks = pd.DataFrame({"km": [0, 5, 10, 15, 20, 25, 30, 35, 40, 42]})
marks["minutes"] = [0, 14.5, 29.1, 43.8, 58.4, 73.2, 88.3, 103.6, 119.2, 125.9]
last = marks.index[-1]

timeline = pd.DataFrame(
    {
        # Times without a zone are in the campaign's zone.
        "at": pd.Timestamp("2026-09-27 09:15") + pd.to_timedelta(marks["minutes"], unit="min").dt.round("s"),
        "event": ["start", *["update"] * (len(marks) - 2), "end"],
        "title": "Marathon",
        "message": [f"The leader passes {km} km" for km in marks["km"]],
        "state.km": marks["km"],
        "state.minutes": marks["minutes"].round().astype("Int64"),
    }
)
timeline.loc[0, "message"] = "They are off"
timeline.loc[last, "message"] = "The winner is in"

# %% The segment: 2,000 rows with ids that pandas read as numbers; one row has no id, and is rejected.
segment = pd.DataFrame({"insider_id": pd.array([*range(100_000, 101_999), None], dtype="Int64")})

# %% Check the campaign, then play it to a sandbox: nobody receives anything.
campaign = {"name": "marathon", "activity_type": "MarathonAttributes", "time_zone": "Europe/Berlin"}

checked = live_activity.check(campaign, segment=segment, timeline=timeline)
print(checked.findings_frame()[["severity", "code", "message"]].to_string(index=False))

report = live_activity.rehearse(campaign, segment=segment, timeline=timeline)
print(report.summary)
print(report.to_frame()[["status", "people", "matched", "updates.sent", "alerts"]].to_string(index=False))
print(report.rejects_frame().to_string(index=False))

# %% Reach: the phones for which each push was handed to Apple.
pushes = live_activity.read_ledger("marathon").pushes
pushes = pushes[pushes["outcome"] == "done"]
figure, axes = plt.subplots(figsize=(8, 3))
pushes.plot(x="sent_at", y="triggered", drawstyle="steps-post", marker="o", legend=False, ax=axes)
axes.set(xlabel="", ylabel="phones", ylim=(0, None), title="Phones reached by each push")
target = Path(sys.argv[1] if len(sys.argv) > 1 else "reach.png")
figure.savefig(target, bbox_inches="tight")
print(f"wrote {target}")
