"""What an alert looks like in Slack: verdict first, the article's own words, nothing that acts, nothing too long."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block as SdkBlock

from bot.core.messages import (
    Decision,
    DecisionKind,
    Mention,
    Verdict,
    block_errors,
    change_message,
    continued,
    maybe_repeated,
    plain_form,
    render_console,
    root_message,
    severity_of,
    verdict_of,
    with_buttons,
)
from bot.core.messages.console import cells
from bot.core.messages.kit import MAX_PUSH_CHARS
from bot.core.messages.notices import (
    DigestLine,
    RuleCount,
    SourceTrouble,
    Week,
    blocked_message,
    digest_line,
    digest_message,
    operator_message,
    rule_fault_message,
    rule_fixed_message,
    sample_message,
    source_back_message,
    source_trouble_message,
    unblocked_message,
    weekly_message,
)
from bot.core.messages.quotes import sentence_url
from bot.core.messages.standing import at
from bot.core.messages.variants import marked_for
from bot.core.model import ChangeKind, Clause, Message, Precision, Severity
from bot.errors import Fault
from tests.alert_builders import alert, another_source, change, citation, day, raised, withdrawn

NOW = datetime(2026, 10, 14, 9, 20, tzinfo=UTC)
TROUBLE = SourceTrouble(
    source="feed:harbor-times", condition="quiet", reason="nothing new", last_new=date(2026, 10, 8), expected_days=2
)
STORY = alert(change(), another_source(), raised(), withdrawn())
WEEK = Week(
    first=date(2026, 10, 5),
    last=date(2026, 10, 11),
    rules=(RuleCount(rule="r", title="Wait exceeds 10 business days", now=3, before=1),),
    reviews=2,
    sources_read=12,
    articles_read=340,
    silent=("Harbor Times since 8 Oct",),
)
FAULT = Fault(path="rules/strike/x.yaml", line=14, column=9, message="no slot 'wiat'; did you mean 'wait'?")

PRESSED = Decision(alert=STORY.id, kind=DecisionKind.ACKNOWLEDGED, by="U12345", at=NOW, key="1")
CALLED_FALSE = replace(PRESSED, kind=DecisionKind.FALSE_ALARM)
SNOOZED = replace(PRESSED, kind=DecisionKind.SNOOZED)

ALL_MESSAGES = {
    "alert": root_message(
        at(STORY, 0), (Mention(kind="broadcast", target="here"), Mention(kind="user", target="U12345"))
    ),
    "alert with buttons": with_buttons(root_message(at(STORY, 0)), STORY.id, Verdict(), NOW),
    "acknowledged": with_buttons(root_message(at(STORY, 0)), STORY.id, verdict_of([PRESSED]), NOW),
    "false alarm": with_buttons(
        root_message(at(STORY, 0)),
        STORY.id,
        verdict_of([PRESSED, replace(PRESSED, kind=DecisionKind.FALSE_ALARM)]),
        NOW,
    ),
    "snoozed": with_buttons(root_message(at(STORY, 0)), STORY.id, verdict_of([PRESSED, SNOOZED]), NOW),
    "snooze ended": with_buttons(
        root_message(at(STORY, 0)), STORY.id, verdict_of([SNOOZED, replace(SNOOZED, until=NOW, by="a person")]), NOW
    ),
    "another source": change_message(at(STORY, 1)),
    "root with two sources": root_message(at(STORY, 1)),
    "raised": change_message(at(STORY, 2)),
    "withdrawn": change_message(at(STORY, 3)),
    "withdrawn root": root_message(at(STORY, 3)),
    "backfill digest": digest_message("run-1", [digest_line(STORY)] * 37, "These come from a backfill.", reviews=4),
    "weekly summary": weekly_message(WEEK, "F0123456789", "Bars of alerts per week"),
    "weekly summary in words": weekly_message(WEEK, None),
    "empty week": weekly_message(replace(WEEK, rules=(), silent=(), reviews=0), None),
    "rule file error": rule_fault_message([FAULT] * 14, "the rules loaded on 12 Oct 2026 09:14 UTC"),
    "rule file fixed": rule_fixed_message(["rules/strike/x.yaml"], NOW),
    "delivery blocked": blocked_message("#care", "is_archived", "un-archive it, then /invite the bot", 12),
    "delivery open again": unblocked_message("#care", "is_archived", 12),
    "source silent": source_trouble_message(TROUBLE),
    "source back": source_back_message("Harbor Times", date(2026, 10, 14)),
    "sample": sample_message(NOW),
    "continued": continued(change_message(at(STORY, 1)), STORY.id),
    "maybe repeated": maybe_repeated(root_message(at(STORY, 0))),
}


@pytest.mark.parametrize("told", ALL_MESSAGES.values(), ids=ALL_MESSAGES.keys())
def test_every_message_is_within_slacks_limits_and_survives_the_sdk_models(told: Message) -> None:
    assert block_errors(told.blocks) == ()
    assert 0 < len(told.text) <= MAX_PUSH_CHARS
    blocks = json.loads(told.blocks)
    parsed = [block.to_dict() for block in SdkBlock.parse_all(blocks)]
    assert json.loads(json.dumps(parsed)) == blocks


@pytest.mark.parametrize("told", ALL_MESSAGES.values(), ids=ALL_MESSAGES.keys())
def test_every_message_can_be_drawn_and_said_plainly(told: Message) -> None:
    rows = render_console(told, 60).split("\n")
    assert {cells(row) for row in rows} == {60}
    plain = plain_form(told)
    assert plain.blocks == ""
    assert 0 < len(plain.text) < 4000


def test_the_push_text_gives_the_verdict_first_then_the_source() -> None:
    told = root_message(at(STORY, 0))
    expected = "High: Lakeside General: 14 business days wait, limit 10 business days. Harbor Times, 12 Oct 2026"
    assert told.text == expected


def test_the_deciding_words_are_bold_inside_the_sentence() -> None:
    runs = _quotes(root_message(at(STORY, 0)))[0]["elements"]
    assert [run["text"] for run in runs if _style(run) == "bold"] == ["14 business days"]
    assert "".join(run["text"] for run in runs) == f"“{citation().sentence}”"


def test_the_number_is_bold_where_it_stands_apart_from_the_words_that_carry_the_event() -> None:
    cited = replace(citation(quote="for a follow-up visit"), values=("14 business days",))
    told = root_message(at(alert(change(citations=(cited,))), 0))
    runs = _quotes(told)[0]["elements"]
    assert [run["text"] for run in runs if _style(run) == "bold"] == ["14 business days", "for a follow-up visit"]
    assert "".join(run["text"] for run in runs) == f"“{citation().sentence}”"


def test_a_long_sentence_is_cut_around_the_deciding_words() -> None:
    long = f"{'before ' * 200}14 business days {'after ' * 200}."
    told = root_message(at(alert(change(citations=(citation(sentence=long),))), 0))
    shown = "".join(run["text"] for run in _quotes(told)[0]["elements"])
    assert "14 business days" in shown
    assert len(shown) <= 502
    assert shown.startswith("“…before ")
    assert shown.endswith(" after…”")


def test_severity_is_a_word_and_a_mark() -> None:
    for severity in Severity:
        told = root_message(at(alert(change(severity=severity)), 0))
        headline = json.loads(told.blocks)[0]["text"]["text"]
        assert headline.split(" ")[1].rstrip(":") == severity.value.capitalize()
        assert told.text.startswith(severity.value.capitalize())
        assert severity_of(told) is severity


def test_the_root_shows_the_words_of_the_verdict_that_holds_now() -> None:
    told = root_message(at(STORY, 2))
    assert "31 business days" in json.dumps(_quotes(told))
    assert "3 sources:" in told.blocks


def test_a_changed_value_strikes_the_old_one_and_keeps_it_readable() -> None:
    told = change_message(at(STORY, 2))
    struck = [run["text"] for run in _runs(told) if _style(run) == "strike"]
    assert struck == ["Lakeside General: 14 business days wait, limit 10 business days"]


def test_a_correction_is_called_one_in_the_thread_and_on_the_root() -> None:
    story = alert(change(), another_source(), change(ChangeKind.UPDATED, reason="the paper took a figure back"))
    reply, root = change_message(at(story, 2)), root_message(at(story, 2))
    assert reply.text.startswith("Corrected: ")
    assert "Corrected 12 Oct 2026: the paper took a figure back" in root.blocks
    assert change_message(at(story, 1)).text.startswith("Another source: ")


@pytest.mark.parametrize("kind", [ChangeKind.OPENED, ChangeKind.REPEATED])
def test_an_alert_that_was_over_and_is_not_says_so(kind: ChangeKind) -> None:
    story = alert(change(), change(ChangeKind.CLEARED, later_days=1), change(kind, reason="it is back", later_days=2))
    reply, root = change_message(at(story, 2)), root_message(at(story, 2))
    assert reply.text.startswith("🟠 Open again: Lakeside General")
    assert json.loads(root.blocks)[0]["text"]["text"].startswith("🟠 High: ")
    assert "Open again 14 Oct 2026: it is back" in root.blocks


def test_a_message_about_a_change_never_knows_of_later_changes() -> None:
    shorter = replace(STORY, changes=STORY.changes[:2], says="x", severity=Severity.LOW)
    assert root_message(at(shorter, 1)) == root_message(at(STORY, 1))


@pytest.mark.parametrize(
    ("precision", "words"),
    [
        (Precision.DAY, "12 Oct 2026"),
        (Precision.WEEK, "week of 12 Oct 2026"),
        (Precision.MONTH, "Oct 2026"),
        (Precision.QUARTER, "Q4 2026"),
        (Precision.YEAR, "2026"),
        (Precision.WINDOW, "between 12 Oct 2026 and 12 Oct 2026"),
    ],
)
def test_a_date_is_told_as_finely_as_it_is_known_and_doubt_is_said(precision: Precision, words: str) -> None:
    dated = replace(citation(), published=day(date(2026, 10, 12), precision, "weekdays in the text"))
    told = root_message(at(alert(change(citations=(dated,))), 0))
    assert f"Harbor Times, {words}" in told.blocks
    assert ("Uncertain: the article's date is inferred (weekdays in the text)" in told.blocks) is (
        precision is not Precision.DAY
    )


def test_a_clause_that_nobody_could_decide_is_called_uncertain() -> None:
    doubtful = replace(alert(), why=(Clause(slot="wait", text="14 to 16 days straddles 10 business days", met=None),))
    assert "⚠️ Uncertain: wait: 14 to 16 days straddles" in root_message(at(doubtful, 0)).blocks


@pytest.mark.parametrize(
    ("slot", "text", "words"),
    [
        ("status", "ended, is ended", "status ended"),
        ("outcome", "ended early, no new proposals, is no new proposals", "outcome no new proposals"),
        ("wait", "21.4 business days, > 10 business days", "21.4 business days > 10 business days"),
        ("values", "amount: $5 against $2: $5 against $2", "amount: $5 against $2"),
        ("values", "not produced against released: not produced against released", "not produced against released"),
        ("due", "due 2024-01-10, nothing told by 2024-01-11", "due 2024-01-10, nothing told by 2024-01-11"),
        ("due", "met: “reached a tentative agreement” (Wire)", "met: “reached a tentative agreement” (Wire)"),
    ],
)
def test_why_says_what_was_found_and_says_it_once(slot: str, text: str, words: str) -> None:
    told = replace(alert(), why=(Clause(slot=slot, text=text, met=True),))
    assert f"Why: {words}" in [run["text"] for run in _runs(root_message(at(told, 0)))]


def test_a_reason_that_is_only_the_quoted_words_is_not_said_twice() -> None:
    worse = citation(3, sentence="The wait has grown to 31 business days.", quote="31 business days")
    step = replace(raised(), reason="“31 business days” (Paper 3)", citations=(worse,))
    assert "(Paper 3)" not in change_message(at(alert(change(), step), 1)).blocks
    assert "the wait grew" in change_message(at(alert(change(), raised()), 1)).blocks


def test_plain_text_holds_no_sign_of_slacks_escapes() -> None:
    told = root_message(at(alert(change(says="R&D at Bay & Hill <North>")), 0))
    assert "R＆D at Bay and Hill ‹North›" in json.loads(told.blocks)[0]["text"]["text"]
    assert "Cal. Health and Safety Code" in told.blocks


def test_what_an_operator_should_type_stands_as_code() -> None:
    told = ALL_MESSAGES["source silent"]
    typed = [run["text"] for run in _runs(told) if "code" in _style(run)]
    assert typed == ["bot sources check feed:harbor-times", "bot sources"]
    assert "`" not in told.blocks


def test_the_link_leads_to_the_quoted_sentence() -> None:
    url = sentence_url(citation()) or ""
    address, _, fragment = url.partition("#:~:text=")
    assert address == "https://harbor.example/1"
    assert unquote(fragment) == citation().sentence
    assert "-" not in fragment


def test_a_long_sentence_is_linked_by_its_first_and_last_words() -> None:
    sentence = " ".join(f"word{number}" for number in range(60))
    url = sentence_url(citation(sentence=sentence, quote="word3")) or ""
    fragment = url.partition("#:~:text=")[2]
    first, last = fragment.split(",")
    assert unquote(first) == "word0 word1 word2 word3 word4 word5"
    assert unquote(last) == "word54 word55 word56 word57 word58 word59"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("javascript:alert(1)", "no web address"),
        ("https://good.example|<!channel>/", "markup in the address"),
        ("https://user:secret@evil.example/", "a name before the host hides the host"),
        ("https://evil.example/a b", "white space"),
        ("http:///nohost", "no host"),
        ("https://[::1", "not an address"),
        ("file:///etc/passwd", "no web address"),
        (f"https://long.example/{'a' * 2000}", "too long"),
    ],
)
def test_an_address_that_is_no_plain_web_address_is_never_linked(url: str, reason: str) -> None:
    told = root_message(at(alert(change(citations=(citation(url=url),))), 0))
    assert '"link"' not in told.blocks, reason
    assert block_errors(told.blocks) == ()


def test_without_somebody_listening_there_are_no_buttons() -> None:
    assert '"actions"' not in root_message(at(STORY, 0)).blocks


def test_acknowledge_disappears_once_somebody_did() -> None:
    told = ALL_MESSAGES["acknowledged"].blocks
    assert "wa_acknowledge" not in told
    assert "Acknowledged by " in told


def test_an_edit_by_a_decision_has_new_block_ids() -> None:
    before, after = (
        {block["block_id"] for block in json.loads(ALL_MESSAGES[name].blocks)}
        for name in ("alert with buttons", "acknowledged")
    )
    assert before & after == set()


def test_a_digest_lists_eight_and_counts_the_rest() -> None:
    told = ALL_MESSAGES["backfill digest"]
    assert told.text.startswith("37 alerts in one message.")
    assert "and 29 more · see all: bot alerts" in render_console(told, 100)
    assert "🟠 High: Lakeside General: 14 business days wait" in told.blocks
    assert "(12 Oct 2026)" in told.blocks
    assert told.blocks.count('"link"') == 8


def test_a_weekly_summary_without_alerts_still_says_what_was_read() -> None:
    assert "340 articles read from 12 sources." in ALL_MESSAGES["empty week"].blocks


def test_the_plain_form_keeps_every_word_and_the_link() -> None:
    text = plain_form(root_message(at(STORY, 0))).text
    assert citation().sentence in text
    assert "<https://harbor.example/1#:~:text=Patients" in text


HOSTILE_PARTS = st.one_of(
    st.text(max_size=80),
    st.sampled_from(
        [
            "<!channel>", "<!here|x>", "<@U12345>", "<#C123|x>", "<https://evil.example|bank>", "https://evil.example/x",
            "evil.example", "@channel", "@here", "*bold*", "_it_", "`code`", "```", "~x~", "&lt;!here&gt;", "&amp;",
            "\u202egnp.exe", "\x00", "\u2028", "mailto:a@b.example", ":rotating_light:", "<!subteam^S123>", "tel:112",
            "<!date^1^{date}^https://evil.example|x>", "\n> quoted", "x" * 400, "𝔘𝔫𝔦" * 60, "\ud83d", "|", ">",
            "http:\u200b//",
        ]
    ),
)  # fmt: skip
HOSTILE = st.lists(HOSTILE_PARTS, min_size=1, max_size=6).map(" ".join)
HOSTILE_TEXTS = int(os.environ.get("HOSTILE_TEXTS", "5000"))
TEXTS_EACH = 10  # different ones in one example, each at another place of its messages


@settings(max_examples=HOSTILE_TEXTS // TEXTS_EACH, deadline=None)
@given(
    texts=st.lists(HOSTILE, min_size=TEXTS_EACH, max_size=TEXTS_EACH),
    url=st.one_of(st.none(), HOSTILE, HOSTILE.map("https://a.example/{}".format)),
)
def test_hostile_words_never_act(texts: list[str], url: str | None) -> None:
    rule, says, later, publisher, title, quote, around, reason, clause, missing = texts
    shown = replace(
        citation(sentence=f"{around} {quote} {around}", quote=quote),
        url=url,
        publisher=publisher,
        title=title,
        values=(around, title),
    )
    first = change(says=says, citations=(shown,), reason=reason)
    worse = replace(raised(later), citations=(shown,), reason=reason)
    story = replace(
        alert(first, worse, replace(another_source(), says=later, citations=(shown,)), withdrawn()),
        rule_title=rule,
        law=rule,
        missing=(missing,),
        why=(Clause(slot="wait", text=clause, met=True), Clause(slot=missing, text=clause, met=None)),
    )
    root, step = root_message(at(story, 0)), change_message(at(story, 1))
    for told in (root, step, root_message(at(story, 2)), change_message(at(story, 3))):
        _assert_inert(told, url)
        _assert_inert(plain_form(told), url)
    _assert_inert(digest_message("k", [DigestLine(text=later), digest_line(story)], reason), url)
    for told in (continued(step, story.id), maybe_repeated(root), marked_for(root, "#care")):
        _assert_inert(told, url)


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(HOSTILE, min_size=6, max_size=6))
def test_hostile_words_never_act_in_what_operators_are_told(texts: list[str]) -> None:
    path, reason, fix, source, title, snoozed = texts
    fault = Fault(path=path, line=1, column=1, message=reason)
    week = replace(
        WEEK, rules=(RuleCount(rule=path, title=title, now=1, before=0),), silent=(source,) * 9, snoozed=(snoozed,) * 9
    )
    for told in (
        rule_fault_message([fault] * 12, fix),
        rule_fixed_message([path], NOW),
        blocked_message(source, reason, fix, 3),
        unblocked_message(source, reason, 3),
        operator_message(path, title, reason, fix),
        source_trouble_message(replace(TROUBLE, source=source, reason=reason, condition=title)),
        source_back_message(source, date(2026, 10, 14)),
        weekly_message(week, None),
    ):
        _assert_inert(told, None)
        _assert_inert(plain_form(told), None)


def _assert_inert(told: Message, url: str | None) -> None:
    assert block_errors(told.blocks) == ()
    assert 0 < len(told.text) <= (MAX_PUSH_CHARS if told.blocks else 3999)
    for run in _runs(told):
        assert run["type"] in ("text", "link")
        if run["type"] == "link":
            assert url is not None
            assert run["url"].startswith(url.strip())
    _assert_mrkdwn_is_inert(told.text, url)


def _assert_mrkdwn_is_inert(text: str, url: str | None) -> None:
    for row in text.split("\n"):
        linked = row.startswith("<") and row.endswith(">")
        if linked:
            assert url is not None
            assert row[1:-1].replace("&amp;", "&").startswith(url.strip())
            continue
        assert "<" not in row
        assert ">" not in row
        assert re.search(r"\w://", row) is None  # a link begins with a scheme
        assert "@channel" not in row
        assert "@here" not in row
        assert "evil.example" not in row


def _runs(told: Message) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("elements"), list):
                found.extend(child for child in node["elements"] if isinstance(child, dict) and "elements" not in child)
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk([block for block in json.loads(told.blocks or "[]") if block["type"] == "rich_text"])
    return found


def _style(run: Mapping[str, object]) -> str:
    style = run.get("style")
    return " ".join(style) if isinstance(style, dict) else ""


def _quotes(told: Message) -> list[dict[str, list[dict[str, str]]]]:
    return [
        part
        for block in json.loads(told.blocks)
        if block["type"] == "rich_text"
        for part in block["elements"]
        if part["type"] == "rich_text_quote"
    ]
