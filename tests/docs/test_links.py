"""Every relative link in the documents points to an existing file, and to an existing heading if it names one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("README.md")),
]
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(([^()\s]+)\)")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def links(text: str) -> list[str]:
    """Yields the targets of links within the repository; code is ignored."""
    targets = LINK.findall(CODE.sub("", FENCED.sub("", text)))
    return [target for target in targets if not ELSEWHERE.match(target)]


@cache
def anchors(page: Path) -> frozenset[str]:
    """Returns the anchors of a page's headings, as GitHub creates them."""
    headings = re.findall(r"^#{1,6} +(.+?) *$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    found: list[str] = []
    for heading in headings:
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        again = found.count(anchor)
        found.append(anchor)
        if again:
            found.append(f"{anchor}-{again}")
    return frozenset(found)


def broken_links(page: Path) -> list[str]:
    broken = []
    for link in links(page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_points_at_a_file_and_a_heading(page: Path) -> None:
    assert broken_links(page) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A heading, `twice`\n"
        "[here](#a-heading-twice) [a file](page.md) [both](page.md#a-heading-twice) [web](https://example.com)\n"
        "`[code](none.md)` [no file](none.md) [no heading](page.md#none)\n"
        "```\n# no heading\n[fenced](none.md)\n```\n[in a fence](#no-heading)\n",
        "utf-8",
    )
    assert broken_links(page) == ["none.md", "page.md#none", "#no-heading"]
