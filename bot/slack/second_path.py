"""Another way to a person, for when Slack itself refuses the app: e-mail or a webhook."""

import json
import smtplib
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 15


class SecondPath(Protocol):
    """Tells a person without Slack."""

    def tell(self, subject: str, body: str) -> bool:
        """Say whether it was taken; never raises for what the network does."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class MailPath:
    """Plain e-mail through a server that takes it from this machine."""

    server: str  # host or host:port
    sender: str
    recipient: str

    def tell(self, subject: str, body: str) -> bool:
        """Send one message."""
        letter = EmailMessage()
        letter["Subject"] = " ".join(subject.split())
        letter["From"], letter["To"] = self.sender, self.recipient
        letter.set_content(body)
        host, _, port = self.server.partition(":")
        try:
            with smtplib.SMTP(host, int(port or 25), timeout=TIMEOUT_SECONDS) as connection:
                connection.send_message(letter)
        except (OSError, smtplib.SMTPException):
            return False
        return True


@dataclass(frozen=True, slots=True)
class WebhookPath:
    """A JSON post of `{"text": …}` to an address that is itself the secret."""

    url: str

    def __repr__(self) -> str:
        return f"WebhookPath({urlsplit(self.url).hostname})"

    def tell(self, subject: str, body: str) -> bool:
        """Post once."""
        if urlsplit(self.url).scheme not in ("http", "https"):
            return False
        content = json.dumps({"text": f"{subject}\n{body}"}).encode()
        request = Request(self.url, data=content, headers={"Content-Type": "application/json"})  # noqa: S310 - checked above
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - checked above
                return bool(200 <= answer.status < 300)  # noqa: PLR2004 - HTTP's class of success
        except (URLError, OSError):
            return False
