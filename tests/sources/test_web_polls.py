"""Feed servers that report changes wrongly, cut answers off, ask to wait, redirect, or are behind a proxy."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from live_activity.core.credentials import Credentials
from live_activity.core.findings import InvalidInput
from live_activity.core.http_environment import is_loopback
from live_activity.core.source_access import SourceAccess
from live_activity.sources.timeline_source import PolledSource
from live_activity.tables import TableRow, open_table
from live_activity.tables.http import get
from live_activity.tables.http_errors import LONGEST_RETRY_AFTER, ServerBusy
from tests.sources.web import AdminApi, serving

ROWS = "at,score\n0m,0\n5m,1\n"


class Seconds:
    """The real time that the source sees."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def server() -> Iterator[AdminApi]:
    with serving(AdminApi(ROWS)) as server:
        yield server


@pytest.fixture
def source(server: AdminApi, seconds: Seconds) -> PolledSource:
    return PolledSource(server.url, monotonic=seconds)


def scores(source: PolledSource) -> list[object]:
    found = [row.cells["score"] for row in source.table().rows() if isinstance(row, TableRow)]
    source.accept()
    return found


def test_every_tenth_poll_is_unconditional_and_a_wrong_validator_is_reported_once_and_used_no_more(
    server: AdminApi, source: PolledSource
) -> None:
    server.etag = '"constant"'
    assert source.changed()
    scores(source)
    server.body = ROWS + "9m,2\n"
    changed = [source.changed() for _ in range(10)]
    assert changed == [False] * 9 + [True]
    assert scores(source) == ["0", "1", "2"]
    assert [finding.code for finding in source.findings] == ["wrong_validator"]
    server.body += "12m,3\n"
    assert source.changed()
    assert scores(source) == ["0", "1", "2", "3"]
    assert len(source.findings) == 1
    assert "If-None-Match" not in server.asked[-1]


def test_a_poll_is_unconditional_after_five_minutes(
    server: AdminApi, source: PolledSource, seconds: Seconds
) -> None:
    server.modified = "Sun, 19 Jul 2026 19:00:00 GMT"
    assert source.changed()
    scores(source)
    assert not source.changed()
    server.body = ROWS + "9m,2\n"
    seconds.now = 299
    assert not source.changed()
    seconds.now = 300
    assert source.changed()
    assert scores(source) == ["0", "1", "2"]
    assert "Last-Modified" in source.findings[0].message


def test_an_unfinished_last_line_waits_for_one_more_poll(server: AdminApi, source: PolledSource) -> None:
    server.delimited = False
    assert source.changed()
    scores(source)
    server.body = ROWS + "9m,1"
    assert not source.changed()
    server.body = ROWS + "9m,12"
    assert not source.changed()
    assert source.changed()
    assert scores(source) == ["0", "1", "12"]
    assert not source.changed()


def test_an_answer_that_is_always_without_its_last_line_end_is_read_at_once_where_its_length_is_known(
    server: AdminApi, source: PolledSource
) -> None:
    server.body = ROWS.rstrip()
    assert source.changed()
    assert scores(source) == ["0", "1"]
    server.body = ROWS + "9m,2"
    assert source.changed()
    assert scores(source) == ["0", "1", "2"]


def test_a_table_that_is_cut_off_in_a_line_is_refused_for_as_long_as_it_is(
    server: AdminApi, source: PolledSource
) -> None:
    server.body = ROWS + "9m,12\n"
    assert source.changed()
    scores(source)
    server.body = ROWS + "9m,1"
    for _ in range(3):
        with pytest.raises(InvalidInput, match="cut off in its last line"):
            source.changed()
    server.body = ROWS + "9m,12\n12m,3\n"
    assert source.changed()


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_to_wait_is_not_called_earlier(
    server: AdminApi, source: PolledSource, seconds: Seconds, status: int
) -> None:
    server.status, server.headers = status, {"Retry-After": "30"}
    with pytest.raises(ServerBusy, match="asks to wait 30 s"):
        source.changed()
    server.status = 200
    seconds.now = 29
    with pytest.raises(ServerBusy):
        source.changed()
    assert server.answers == [status]
    seconds.now = 30
    assert source.changed()


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("999999999999", LONGEST_RETRY_AFTER),
        ("soon", None),
        ("Sun, 19 Jul 99999999999999999999 19:00:00 GMT", None),
        ("Sun, 19 Jul 2026 19:00:00 +99999999999999999999", None),
    ],
)
def test_any_wait_that_a_server_asks_for_is_a_failed_reading_with_a_bounded_wait(
    server: AdminApi, source: PolledSource, header: str, wait: float | None
) -> None:
    server.status, server.headers = 503, {"Retry-After": header}
    with pytest.raises(ServerBusy) as busy:
        source.changed()
    assert busy.value.retry_after == wait


def test_a_last_modified_that_is_no_date_is_ignored(server: AdminApi, source: PolledSource) -> None:
    server.modified = "Sun, 19 Jul 99999999999999999999 19:00:00 GMT"
    assert source.changed()
    scores(source)
    server.body = ROWS + "9m,2\n"
    server.modified = "Sun, 19 Jul 99999999999999999999 19:00:01 GMT"
    assert source.changed()
    assert scores(source) == ["0", "1", "2"]


def test_the_charset_of_http_is_used_and_a_guess_is_a_warning(server: AdminApi, source: PolledSource) -> None:
    text = "at,score\n0m,Beşiktaş\n"
    server.packed, server.encoded = text.encode("cp1254"), False
    server.kind = "text/csv; charset=windows-1254"
    assert source.changed()
    assert scores(source) == ["Beşiktaş"]
    assert not source.findings
    server.packed, server.kind = text.replace("ş", "ü").encode("cp1252"), "text/csv"
    assert source.changed()
    assert scores(source) == ["Beüiktaü"]
    assert [finding.severity for finding in source.findings] == ["warning"]
    # Many servers send a single-byte charset for every file.
    server.packed, server.kind = text.encode(), "text/csv; charset=iso-8859-1"
    assert source.changed()
    assert scores(source) == ["Beşiktaş"]


@pytest.mark.parametrize("kind", ["application/vnd.apache.parquet", "text/html"])
def test_a_web_page_is_recognized_in_any_format(server: AdminApi, kind: str) -> None:
    server.body, server.kind = "<!DOCTYPE html><title>Sign in</title>", kind
    with pytest.raises(InvalidInput, match="web page"):
        open_table(server.url.replace("rows.csv", "export"))


@pytest.mark.parametrize("host", ["", "127.0.0.1"], ids=["of any host", "of their host"])
def test_secrets_are_not_sent_to_another_host_by_a_redirect(
    server: AdminApi, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    with serving(AdminApi(ROWS)) as other:
        server.location = other.url.replace("127.0.0.1", "localhost")
        page = get(server.url, where="rows.csv", access=access_for(host))
        assert page is not None
        assert page.content.decode() == ROWS
        assert server.asked[-1]["X-Token"] == "secret"
        assert "X-Token" not in other.asked[-1]


def test_each_hop_of_several_redirects_gets_only_the_secrets_of_its_host(server: AdminApi) -> None:
    with serving(AdminApi(ROWS)) as third, serving(AdminApi("")) as second:
        server.location = second.url.replace("127.0.0.1", "localhost")
        second.location = third.url
        page = get(server.url, where="rows.csv", access=access_for("127.0.0.1"))
        assert page is not None
        assert page.content.decode() == ROWS
        assert [each.asked[-1].get("X-Token") for each in (server, second, third)] == [
            "secret",
            None,
            "secret",
        ]


def test_secrets_follow_a_redirect_on_their_own_host_and_never_unencrypted() -> None:
    asked = "https://feeds.example/a"
    anywhere, at_one_host = access_for(""), access_for("feeds.example")
    assert anywhere.headers_for("https://feeds.example/b", asked=asked)
    assert not anywhere.headers_for("http://feeds.example/a", asked=asked)
    assert not anywhere.headers_for("https://feeds.example:8443/a", asked=asked)
    assert anywhere.headers_for(asked, asked="http://feeds.example/a")
    assert at_one_host.headers_for("https://feeds.example/b", asked="https://short.example/x")
    assert not at_one_host.headers_for("https://cdn.example/b", asked=asked)


def test_a_redirect_that_never_ends_is_reported(server: AdminApi) -> None:
    server.location = server.url
    with pytest.raises(InvalidInput, match="redirects more than"):
        get(server.url, where="rows.csv")


def test_the_proxy_of_the_environment_is_used_but_not_for_this_machine(
    server: AdminApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(ROWS)))
            self.end_headers()
            self.wfile.write(ROWS.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Prints nothing."""

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        for name in ("HTTP_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.server_port}")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        page = get("http://feeds.example/rows.csv", where="rows.csv")
        assert page is not None
        assert page.content.decode() == ROWS
        assert get(server.url, where="rows.csv") is not None
    finally:
        proxy.shutdown()
        thread.join()
        proxy.server_close()
    assert asked == ["http://feeds.example/rows.csv"]


def test_a_certificate_authority_of_the_environment_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
            ),
            *("-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(AdminApi(ROWS), context) as server:
        with pytest.raises(InvalidInput, match="SSL_CERT_FILE"):
            get(server.url, where="rows.csv")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert get(server.url, where="rows.csv") is not None
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
        with pytest.raises(InvalidInput, match="check SSL_CERT_FILE"):
            get(server.url, where="rows.csv")


def test_a_large_answer_is_bounded_in_a_poll_and_spooled_for_a_segment(server: AdminApi) -> None:
    server.body = "insider_id\n" + "".join(f"u{number:07d}\n" for number in range(2_000_000))
    assert sum(1 for _ in open_table(server.url).column_chunks(["insider_id"], 500_000)) == 4
    with pytest.raises(InvalidInput, match="larger than"):
        get(server.url, where="rows.csv", most_bytes=1024 * 1024)


def test_loopback_hosts_are_recognized() -> None:
    assert all(is_loopback(host) for host in ("localhost", "127.0.0.1", "127.9.9.9", "[::1]", "a.localhost"))
    assert not any(is_loopback(host) for host in ("feeds.example", "10.0.0.1", "localhost.example"))


def access_for(host: str) -> SourceAccess:
    """Returns access with a secret header, as from a source block."""
    secret = Credentials(headers={"X-Token": "secret"}, host=host)
    return SourceAccess(credentials={"block": secret}, chosen="block")
