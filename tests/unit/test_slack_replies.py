"""What each answer of Slack's means: one row a code, with the reason."""

import socket
import ssl
from http.client import IncompleteRead, RemoteDisconnected
from urllib.error import URLError

import pytest

from bot.slack.client import lost_answer
from bot.slack.replies import Answer, Course, Lost, classify

OK = Answer(ok=True, payload={"ts": "1.1", "channel": "C1"})
LOOK, TRY, PAUSE = Course.LOOK_UP, Course.TRY_AGAIN, Course.PAUSE_CHANNEL
BLOCK, STOP, PLAIN = Course.BLOCK_CHANNEL, Course.STOP_APP, Course.SEND_PLAIN

BY_CODE = {
    PAUSE: ["ratelimited", "rate_limited", "message_limit_exceeded"],
    LOOK: ["internal_error", "fatal_error", "request_timeout", "service_unavailable", "update_failed",
           "team_added_to_org", "org_login_required", "Received a response in a non-JSON format: <html>", ""],
    BLOCK: ["channel_not_found", "not_in_channel", "is_archived", "is_inactive", "restricted_action",
            "restricted_action_thread_locked", "restricted_action_read_only_channel", "cannot_reply_to_message",
            "messages_tab_disabled"],
    STOP: ["invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope",
           "no_permission", "access_denied", "ekm_access_denied", "app_access_restricted", "team_not_found"],
    PLAIN: ["msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "no_text",
            "metadata_too_large", "metadata_must_be_sent_from_app", "invalid_arguments", "markdown_text_conflict",
            "something_nobody_listed"],
    Course.NEW_ROOT: ["message_not_found", "thread_not_found"],
    Course.TELL_IN_THREAD: ["cant_update_message", "edit_window_closed"],
}  # fmt: skip


@pytest.mark.parametrize(("course", "code"), [(course, code) for course, codes in BY_CODE.items() for code in codes])
def test_each_code_has_its_course_and_a_reason(course: Course, code: str) -> None:
    decision = classify(Answer(error=code))
    assert decision.course is course
    assert decision.reason
    if course in (BLOCK, STOP, PLAIN):
        assert decision.fix
        assert decision.tells_ops


@pytest.mark.parametrize(
    ("answer", "course", "why"),
    [
        (OK, Course.STORE_RECEIPT, "ok with a ts"),
        (Answer(ok=True, payload={}), LOOK, "ok without a ts proves nothing"),
        (Answer(ok=True, status=503, payload={"ts": "1"}), LOOK, "a front said ok while it fell over"),
        (Answer(status=500), LOOK, "a server error says nothing about the post"),
        (Answer(status=429, error="ratelimited"), PAUSE, "too many"),
        (Answer(lost=Lost.TIMEOUT), LOOK, "it may be there"),
        (Answer(lost=Lost.DROPPED), LOOK, "it may be there"),
        (Answer(lost=Lost.NEVER_CONNECTED), TRY, "Slack never saw it"),
        (Answer(lost=Lost.CERTIFICATE), TRY, "Slack never saw it"),
    ],
)
def test_the_kind_of_answer_decides_before_its_code(answer: Answer, course: Course, why: str) -> None:
    assert classify(answer).course is course, why


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("1.5", 1.5),
        ("0.25", 0.25),
        ("", 30),
        ("soon", 30),
        ("-1", 30),
        ("0", 30),
        ("99999", 3600),
        ("nan", 30),
    ],
)
def test_retry_after_is_read_as_a_number_with_a_fraction(header: str, seconds: float) -> None:
    assert classify(Answer(status=429, retry_after=header)).wait_seconds == seconds


@pytest.mark.parametrize(
    ("error", "lost"),
    [
        (URLError(ConnectionRefusedError()), Lost.NEVER_CONNECTED),
        (URLError(socket.gaierror()), Lost.NEVER_CONNECTED),
        (URLError(ssl.SSLCertVerificationError()), Lost.CERTIFICATE),
        (URLError(TimeoutError()), Lost.TIMEOUT),
        (TimeoutError(), Lost.TIMEOUT),
        (RemoteDisconnected("x"), Lost.DROPPED),
        (ConnectionResetError(), Lost.DROPPED),
        (IncompleteRead(b""), Lost.DROPPED),
        (BrokenPipeError(), Lost.DROPPED),
    ],
)
def test_a_call_without_an_answer_is_lost_in_a_known_way(error: Exception, lost: Lost) -> None:
    assert lost_answer(error).lost is lost
