"""Doctor, manifest, test message, weekly picture: what an operator sees of Slack."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from bot.cli.slack_setup import app
from bot.core.messages import Channels, Place, block_errors
from bot.core.messages.notices import Week
from bot.core.messages.samples import samples
from bot.core.messages.trend import Trend, Wait, trend_words
from bot.slack.client import SlackApi, web_client
from bot.slack.doctor import Finding, as_json, examine, examine_buttons
from bot.slack.manifest import manifest
from bot.slack.picture import draw
from bot.slack.trial import post_sample
from bot.slack.weekly import weekly_delivery
from tests.fake_slack import APP_TOKEN, BOT_TOKEN, SCOPES, Fault, Planned
from tests.integration.slack.conftest import ALERTS, CHANNELS, OPS, Bench

ROOT = Path(__file__).parents[3]
WEEK = Week(first=date(2026, 10, 5), last=date(2026, 10, 11), rules=(), reviews=0, sources_read=3, articles_read=40)
TREND = Trend(
    weeks=tuple(date(2026, 8, 3) + timedelta(weeks=number) for number in range(10)),
    alerts={"Wait exceeds 10 business days": (0, 1, 2, 0, 0, 3, 1, 0, 0, 1), "Fine of $50 or $60": (1,) + (0,) * 9},
    waits=(Wait(on=date(2026, 8, 20), low=12, high=15), Wait(on=date(2026, 9, 2), low=6, high=6)),
    sessions=(date(2026, 8, 5), date(2026, 9, 1), date(2026, 9, 3)),
)
PNG = b"\x89PNG\r\n\x1a\n"


def faults(bench: Bench, now: datetime | None = None, channels: Channels = CHANNELS) -> dict[str, Finding]:
    found = examine(bench.api, channels, samples(buttons=True), now or datetime.now(UTC))
    return {one.subject: one for one in found if not one.ok}


def test_doctor_finds_nothing_where_all_is_well(bench: Bench) -> None:
    assert faults(bench) == {}
    assert bench.slack.called("blocks.validate") == len(list(samples(buttons=True)))


def test_doctor_names_each_fault_with_what_to_do(bench: Bench) -> None:
    bench.slack.archive(OPS)
    bench.slack.scopes = SCOPES.replace(",groups:history", "").replace(",files:write", "")
    channels = replace(
        CHANNELS, routes={"alerts": (Place(channel=ALERTS), Place(channel="#nowhere"))}, fallback="C0SPARE001"
    )
    bench.slack.add_channel("C0SPARE001", "spare").is_member = False
    found = faults(bench, datetime.now(UTC) + timedelta(minutes=5), channels)
    told = {
        "scope groups:history",
        "scope files:write",
        "clock",
        f"channel {OPS}",
        "channel #nowhere",
        "channel C0SPARE001",
    }
    assert set(found) == told
    assert "/invite" in found[f"channel {OPS}"].fix
    assert "Reinstall" in found["scope files:write"].fix
    assert all(json.loads(line)["fix"] for line in as_json(found.values()).split("\n"))


@pytest.mark.parametrize("code", ["invalid_auth", "token_revoked", "account_inactive"])
def test_doctor_stops_at_a_token_that_does_not_work(bench: Bench, code: str) -> None:
    bench.slack.inject("auth.test", Planned(error=code))
    found = examine(bench.api, CHANNELS, samples(buttons=False), datetime.now(UTC))
    assert [(one.subject, one.told, bool(one.fix)) for one in found] == [("token", code, True)]


def test_doctor_tells_a_network_that_does_not_reach_slack_from_a_bad_token() -> None:
    api = SlackApi(web_client(BOT_TOKEN, "http://127.0.0.1:9/api/", 1))
    (found,) = examine(api, CHANNELS, (), datetime.now(UTC))
    assert found.told.startswith("never connected")
    assert "network" in found.fix


def test_doctor_says_whether_anybody_can_listen_to_buttons(bench: Bench) -> None:
    assert examine_buttons(SlackApi(web_client(APP_TOKEN, bench.slack.url))).ok
    found = examine_buttons(SlackApi(web_client("xapp-wrong", bench.slack.url)))
    assert (found.ok, found.told) == (False, "invalid_auth")
    assert "SLACK_APP_TOKEN" in found.fix


def test_a_template_that_slack_refuses_is_a_finding(bench: Bench) -> None:
    bench.slack.inject("blocks.validate", Planned(error="invalid_blocks"))
    assert list(faults(bench)) == ["message alert"]


@pytest.mark.parametrize("buttons", [True, False])
def test_the_samples_are_right_by_our_own_check(buttons: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert {
        name: block_errors(told.blocks) for name, told in samples(buttons=buttons) if block_errors(told.blocks)
    } == {}


def test_the_committed_manifest_is_what_the_command_writes_and_asks_for_what_the_bot_calls(tmp_path: Path) -> None:
    committed = (ROOT / "deploy" / "slack-app-manifest.yaml").read_text(encoding="utf-8")
    assert committed == manifest()
    assert set(yaml.safe_load(committed)["oauth_config"]["scopes"]["bot"]) == set(SCOPES.split(","))
    assert CliRunner().invoke(app, ["manifest", "--out", str(tmp_path / "m.yaml")]).exit_code == 0
    assert (tmp_path / "m.yaml").read_text(encoding="utf-8") == committed


def test_a_test_message_arrives_or_says_what_to_do(bench: Bench) -> None:
    now = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
    assert post_sample(BOT_TOKEN, bench.slack.url, ALERTS, now).ok
    assert "a test sent at 14 Oct 2026 09:00 UTC" in str(bench.roots()[0]["text"])
    bench.slack.archive(ALERTS)
    told = post_sample(BOT_TOKEN, bench.slack.url, ALERTS, now)
    assert not told.ok
    assert "un-archive" in told.told


def test_the_picture_is_a_png_of_a_sensible_size() -> None:
    for trend in (TREND, Trend(weeks=TREND.weeks), Trend(weeks=())):
        png = draw(trend)
        assert png.startswith(PNG)
        assert 5_000 < len(png) < 500_000


def test_the_picture_is_told_in_words() -> None:
    assert trend_words(TREND) == (
        "9 alerts in 10 weeks: Wait exceeds 10 business days 8, Fine of $50 or $60 1. "
        "2 stated waits, 1 of them over 10 business days, the longest 15 business days. "
        "3 bargaining sessions, the longest gap 27 days; none for 38 days since."
    )


def weekly(bench: Bench) -> dict[str, object]:
    bench.outbox.add([weekly_delivery(WEEK, TREND, ALERTS, api=bench.api, sleep=bench.clock.sleep)])
    bench.run()
    return bench.roots()[0]


def test_the_weekly_summary_shows_its_picture_once_slack_has_looked_at_it(bench: Bench) -> None:
    bench.slack.file_delay_polls = 3
    said = weekly(bench)
    (file,) = bench.slack.files.values()
    assert bytes.fromhex(str(file["content"])).startswith(PNG)
    assert f"'slack_file': {{'id': '{file['id']}'}}" in str(said["blocks"])
    assert "9 alerts in 10 weeks" in str(said["blocks"])


@pytest.mark.parametrize(
    ("method", "planned"),
    [
        ("files.getUploadURLExternal", Planned(error="missing_scope")),
        ("files.completeUploadExternal", Planned(fault=Fault.DROP_AFTER)),
        ("files.info", Planned(error="file_not_found", times=99)),
    ],
)
def test_without_a_picture_the_summary_comes_in_words(bench: Bench, method: str, planned: Planned) -> None:
    bench.slack.inject(method, replace(planned))
    said = weekly(bench)
    assert "slack_file" not in str(said["blocks"])
    assert "40 articles read from 3 sources." in str(said["blocks"])


def test_a_summary_whose_picture_is_refused_at_the_last_moment_comes_in_plain_words(bench: Bench) -> None:
    bench.slack.inject("chat.postMessage", Planned(error="invalid_blocks"))
    said = weekly(bench)
    assert said["blocks"] == []
    assert "40 articles read from 3 sources." in str(said["text"]).replace("\u200b", "")


def test_the_fake_slack_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, str(ROOT / "tests" / "fake_slack.py"), "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        told = post_sample(BOT_TOKEN, url, ALERTS, datetime(2026, 10, 14, tzinfo=UTC))
        process.communicate(timeout=10)
    assert told.ok
    assert process.returncode == 0
