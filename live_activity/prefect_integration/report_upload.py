"""Stores the HTML page of a report beside the staged segments, if other machines can reach that storage."""

from __future__ import annotations

import os
from urllib.parse import quote, urlsplit

from live_activity.core.report import Report
from live_activity.core.settings import settings
from live_activity.engine.edition import Edition
from live_activity.prefect_integration.artifacts import key_of
from live_activity.segment.folder import Folder
from live_activity.views.html_report import html_report
from live_activity.views.report_data import data_of_edition


def upload_report(edition: Edition, report: Report) -> str | None:
    """Writes the page. Returns its address as markdown, or None if the storage is a folder of this machine."""
    storage = settings().storage
    if "://" not in storage or storage.startswith("file:"):
        return None
    folder = Folder(f"{storage.rstrip('/')}/reports")
    name = f"{key_of(edition.campaign.name, edition.mode)}-{edition.ledger.edition_id}.html"
    page = html_report(data_of_edition(edition, report))
    with folder.written(name) as file:
        file.write(page.encode())
    return address(folder.place(name))


def address(place: str) -> str:
    """A link if a browser can open the place after signing in, else the place itself; never with credentials."""
    parts = urlsplit(place)
    host = parts.netloc.rpartition("@")[2]
    path = quote(parts.path)
    if parts.scheme in ("gs", "gcs"):
        return f"[{host}{path}](https://storage.cloud.google.com/{host}{path})"
    endpoints = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
    if parts.scheme == "s3" and not any(os.environ.get(name) for name in endpoints):
        link = f"https://console.aws.amazon.com/s3/object/{host}?prefix={path.lstrip('/')}"
        return f"[{host}{path}]({link})"
    return f"`{parts.scheme}://{host}{path}`"
