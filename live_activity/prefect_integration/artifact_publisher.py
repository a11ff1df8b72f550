"""Publishes a campaign while it runs: artifacts that are kept current, and events. It never delays the campaign."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from live_activity.core.events import Event
from live_activity.core.report import Report
from live_activity.engine.edition import Edition
from live_activity.ledger.push_log import LoggedPush, newest_pushes
from live_activity.prefect_integration.artifacts import Artifacts, key_of
from live_activity.prefect_integration.event_emitter import EventEmitter
from live_activity.prefect_integration.links import edition_artifact_url
from live_activity.prefect_integration.overview import Overview
from live_activity.prefect_integration.report_upload import upload_report
from live_activity.prefect_integration.run_logger import run_logger
from live_activity.prefect_integration.run_name import RunName
from live_activity.views.now import now_page, status
from live_activity.views.picture import as_data, picture
from live_activity.views.plan import people_table, plan_page
from live_activity.views.report import report_page
from live_activity.views.tables import findings_table, pushes_table

# The shortest and the longest time between two updates of the pages; real time, so a rehearsal of hours writes few.
SOONEST_SECONDS, LATEST_SECONDS = 2.0, 10.0
# The pause after an update is this many times as long as making the pages took, at most a minute.
SHARE = 50
# How long the last writes may take: at the end, when the run is stopped (it has 30 s in all), and for the picture.
LAST_SECONDS, STOPPED_SECONDS, PICTURE_SECONDS = 20.0, 4.0, 6.0
MOST_PUSHES, MOST_FINDINGS, MOST_DRAWN = 200, 500, 5000


@asynccontextmanager
async def publish_artifacts(edition: Edition) -> AsyncIterator[None]:
    """Keeps the artifacts of the edition current for as long as the block lasts, and writes its report at the end."""
    publisher = ArtifactPublisher(edition)
    edition.event_handlers += [EventEmitter(edition), publisher.handle]
    refreshing = asyncio.create_task(publisher.keep_current())
    stopped = False
    try:
        yield
    except asyncio.CancelledError:
        stopped = True
        raise
    finally:
        # A write that has begun is waited for: an artifact might be created twice otherwise.
        publisher.stop()
        await asyncio.wait({refreshing}, timeout=STOPPED_SECONDS)
        refreshing.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOPPED_SECONDS if stopped else LAST_SECONDS):
                await publisher.last(drawn=not stopped)
        if stopped:
            # The report is written without its picture first: the process may be killed while that is drawn.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PICTURE_SECONDS):
                    await publisher.report(drawn=True)
        publisher.log_report()


class ArtifactPublisher:
    """The artifacts of one edition: plan, adding, now, pushes, findings and report."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._artifacts = Artifacts(key_of(edition.campaign.name, edition.mode))
        self._run_name = RunName(edition)
        self._overview = Overview(edition.ledger.database)
        self._news = asyncio.Event()
        self._stopped = asyncio.Event()
        self._steered = asyncio.Event()
        self._report: Report | None = None
        self._warned = False
        self._took = 0.0
        self._planned = False

    def handle(self, event: Event) -> None:
        """Has the pages updated soon after an event, and at once after a steering command."""
        if event.type == "steered":
            self._steered.set()
        if event.type == "reported":
            self._report = event.figures["report"]
        self._news.set()

    def stop(self) -> None:
        """Ends `keep_current`; only `last` and `report` write after it."""
        self._stopped.set()
        self._steered.set()
        self._news.set()

    async def keep_current(self) -> None:
        """Updates the pages until `stop` is called."""
        while not self._stopped.is_set():
            began = time.monotonic()
            self._steered.clear()
            await self.refresh()
            pause = max(SOONEST_SECONDS, min(60.0, SHARE * self._took))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(LATEST_SECONDS, pause)):
                    await self._news.wait()
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                left = max(0.0, pause - (time.monotonic() - began))
                # Somebody who sent a command looks at the page at once, so a command ends the pause.
                async with asyncio.timeout(left):
                    await self._steered.wait()

    async def refresh(self) -> None:
        """Writes what has changed. Never raises."""
        began = time.monotonic()
        try:
            plan, now, done = self._pages()
        except Exception as problem:  # a page that cannot be made does not stop the campaign
            self._warn_once(problem)
            return
        finally:
            self._took = time.monotonic() - began
        await self._run_name.keep()
        await self._overview.keep(self._report.status if self._report is not None else status(self._edition))
        name = self._edition.campaign.name
        if plan is not None:
            await self._artifacts.write("plan", "markdown", plan, description=f"The plan of {name}")
        if done is not None:
            await self._artifacts.write(
                "adding", "progress", done, description=f"People of {name} added, in percent"
            )
        await self._artifacts.write(
            "now", "markdown", now, description=f"What phones of {name} should show now"
        )
        findings = findings_table(self._edition.findings[:MOST_FINDINGS])
        if findings:
            await self._artifacts.write(
                "findings", "table", findings, description=f"What was found in {name}"
            )
        zone = self._edition.campaign.zone
        pushes = pushes_table(await self._pushes(MOST_PUSHES), zone=zone)
        if pushes:
            described = f"The newest pushes of {name}; times in {zone.key}"
            await self._artifacts.write("pushes", "table", pushes, description=described)

    async def last(self, *, drawn: bool) -> None:
        """Updates the pages a last time and writes the report, `drawn` with its picture."""
        await self.refresh()
        await self.report(drawn=drawn)

    async def report(self, *, drawn: bool) -> None:
        """Writes the report, `drawn` with its picture. Never raises."""
        report = self._report
        if report is None:
            return
        image = kept = None
        if drawn:
            try:
                kept = await asyncio.to_thread(upload_report, self._edition, report)
            except Exception as problem:  # the report in the UI is written without a link to its page
                self._warn_once(problem)
            with contextlib.suppress(Exception):  # a report without a picture is still a report
                image = await self._picture(report)
        try:
            zone = self._edition.campaign.zone
            page = report_page(
                report,
                people_table(self._edition),
                zone=zone,
                account=self._edition.campaign.account,
                image=image,
                kept=kept,
            )
        except Exception as problem:  # as in `refresh`
            self._warn_once(problem)
            return
        description = f"How {report.campaign} went"
        await self._artifacts.write("report", "markdown", page, description=description)

    def log_report(self) -> None:
        """Logs where the report is: the last line of the run's log."""
        if self._report is not None and (url := edition_artifact_url(self._edition, "report")):
            run_logger().info(f"report: {url}")

    def _pages(self) -> tuple[str | None, str, float | None]:
        edition = self._edition
        if not edition.activities:
            return None, now_page(edition), None
        # After the start the plan stays as it was approved; only `now` changes.
        started = any(each.state.started for each in edition.activities)
        plan = plan_page(edition) if not self._planned else None
        self._planned = started
        people = sum(each.people.count for each in edition.activities)
        left = sum(each.people.totals().unprocessed for each in edition.activities)
        done = round(100 * (people - left) / people, 1) if people else None
        return plan, now_page(edition), done

    async def _pushes(self, most: int) -> list[LoggedPush]:
        try:
            ledger = self._edition.ledger
            return await asyncio.to_thread(newest_pushes, ledger.database, ledger.edition_id, most=most)
        except Exception as problem:  # the next API call meets the same ledger, and handles its failure
            self._warn_once(problem)
            return []

    async def _commands(self) -> list[tuple[datetime, str]]:
        try:
            commands = await asyncio.to_thread(self._edition.ledger.commands)
        except Exception as problem:  # as above
            self._warn_once(problem)
            return []
        return [(each.obeyed_at, each.action) for each in commands if each.obeyed_at is not None]

    async def _picture(self, report: Report) -> str | None:
        pushes = await self._pushes(MOST_DRAWN)
        zone = self._edition.campaign.zone
        rehearsed = " (rehearsal)" if report.mode == "rehearse" else ""
        title = f"{report.campaign}{rehearsed}: pushes over time, {zone.key}"
        png = await asyncio.to_thread(
            picture,
            pushes,
            title=title,
            zone=zone,
            commands=await self._commands(),
            polls=list(self._edition.feed.polls),
        )
        return as_data(png) if png is not None else None

    def _warn_once(self, problem: Exception) -> None:
        if not self._warned:
            self._warned = True
            run_logger().warning("an artifact could not be made: %s", type(problem).__name__)
