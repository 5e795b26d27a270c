"""E-mail and webhook, against servers on loopback: what arrives, and what is said when nobody takes it."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from bot.slack.second_path import MailPath, WebhookPath

CLOSED = "127.0.0.1:9"  # discard: nobody listens


class _Hook(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        got = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append(got.decode())  # type: ignore[attr-defined]
        self.send_response(204 if self.path == "/hook" else 500)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it that
        """Keep the test's output quiet."""


class _Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        in_letter = False
        for raw in self.rfile:
            line = raw.decode().rstrip("\r\n")
            if in_letter and line != ".":
                self.server.taken.append(line)  # type: ignore[attr-defined]
                continue
            in_letter = line.upper() == "DATA"
            self.wfile.write(
                b"354 go on\r\n" if in_letter else b"221 bye\r\n" if line.upper() == "QUIT" else b"250 ok\r\n"
            )


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[list[str]]:
    taken: list[str] = []
    server.taken = taken  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield taken
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_webhook_gets_the_words_and_only_success_counts() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Hook)
    address = f"http://127.0.0.1:{server.server_port}"
    with serving(server) as taken:
        assert WebhookPath(f"{address}/hook").tell("Slack refuses the bot", "2 messages wait")
        assert not WebhookPath(f"{address}/broken").tell("x", "y")
    assert json.loads(taken[0]) == {"text": "Slack refuses the bot\n2 messages wait"}


def test_an_e_mail_gets_the_words_and_a_subject_of_one_line() -> None:
    server = socketserver.TCPServer(("127.0.0.1", 0), _Mail)
    with serving(server) as taken:
        path = MailPath(server=f"127.0.0.1:{server.server_address[1]}", sender="a@b.example", recipient="c@d.example")
        assert path.tell("Slack refuses\nthe bot", "2 messages wait")
    assert "Subject: Slack refuses the bot" in taken
    assert "2 messages wait" in taken


def test_where_nobody_listens_it_says_so_and_does_not_fail() -> None:
    assert not WebhookPath(f"http://{CLOSED}/hook").tell("x", "y")
    assert not WebhookPath("file:///etc/hostname").tell("x", "y")
    assert not MailPath(server=CLOSED, sender="a@b.example", recipient="c@d.example").tell("x", "y")


def test_the_address_of_a_webhook_is_a_secret() -> None:
    assert "s3cret" not in repr(WebhookPath("https://hooks.example/s3cret"))
