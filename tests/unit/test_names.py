"""Who is named, by which of its names, and whom "the company" stands for."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.model import Article
from bot.core.text.cast import read_cast
from bot.core.text.entities import PARTY_KINDS, Entities, load_entities
from bot.core.text.names import Jurisdiction, find_names
from bot.errors import RuleFileError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def entities() -> Entities:
    return load_entities((ROOT / "rules" / "entities.yaml").read_text(encoding="utf-8"))


def _article(text: str, *, publisher: str = "", role: str = "media", region: str | None = None) -> Article:
    return Article(
        key="text:1",
        text=text,
        title="",
        source="folder:test",
        learned=datetime(2025, 1, 1, tzinfo=UTC),
        published=None,
        publisher=publisher,
        publisher_role=role,
        region=region,
    )


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("A letter went to Kaiser on Monday.", "Kaiser Permanente", "plan"),  # a short name
        ("NUHW wrote to the plan.", "National Union of Healthcare Workers", "union"),  # letters
        ("Staff at Harborview Hospital left.", "Harborview Hospital", "provider"),  # form: last word
        ("Drivers of Teamsters Local 118 voted.", "Teamsters Local 118", "union"),  # form: number
        ("The Tulsa Teachers Association voted.", "Tulsa Teachers Association", "union"),  # form: two words
        ("The Department of Elder Affairs replied.", "Department of Elder Affairs", "agency"),  # form: first word
        ("The Public Utilities Commission ruled.", "Public Utilities Commission", "agency"),
        ("Leeds Teaching Hospitals NHS Trust replied.", "Leeds Teaching Hospitals NHS Trust", "provider"),
        ("On Friday Cedar Valley Health replied.", "Cedar Valley Health", "provider"),  # the date is no part of it
        ("PacificHealth replied.", "PacificHealth", "provider"),  # form: the tail of a word
        ("The Eastern Hospital Workers' Union voted.", "Eastern Hospital Workers' Union", "union"),  # not the hospital
        ("Care Workers of Leinster voted.", "Care Workers of Leinster", "union"),
        ("The Ohio Health and Human Services Commission ruled.", "Ohio Health and Human Services Commission", "agency"),
        ("The Dayton Board of Education met.", "Dayton Board of Education", "employer"),
    ],
)
def test_a_body_is_found_by_name_or_by_form(entities: Entities, text: str, name: str, kind: str) -> None:
    assert (name, kind) in {(found.name, found.kind) for found in find_names(text, 0, len(text), entities)}


@pytest.mark.parametrize(
    "text",
    [
        "KFF Health News reported on waits.",
        "Kaiser Health News, a newsroom, wrote this.",
        "A study by the Kaiser Family Foundation found this.",
        "Workers at Kaiser Aluminum voted.",
        "Dr. Kaiser sees patients on Fridays.",
    ],
)
def test_another_bearer_of_the_name_is_not_kaiser_permanente(entities: Entities, text: str) -> None:
    assert "kaiser-permanente" not in {name.id for name in find_names(text, 0, len(text), entities)}


def test_one_set_of_letters_means_another_body_in_another_country(entities: Entities) -> None:
    text = "The HSE did not answer."
    irish = find_names(text, 0, len(text), entities, Jurisdiction(country="IE"))
    british = find_names(text, 0, len(text), entities, Jurisdiction(country="GB"))
    assert [name.kind for name in irish] == ["provider"]
    assert [name.kind for name in british] == ["agency"]


def test_two_names_joined_by_and_are_two(entities: Entities) -> None:
    text = "The Dayton Nurses Association and Miami Valley Hospital met."
    assert [name.kind for name in find_names(text, 0, len(text), entities)] == ["union", "provider"]


def test_only_the_stretch_that_was_asked_for_is_read(entities: Entities) -> None:
    text = "Kaiser spoke. NUHW answered."
    assert [name.text for name in find_names(text, 14, len(text), entities)] == ["NUHW"]


def test_the_company_and_the_union_are_those_of_the_article(entities: Entities) -> None:
    text = "Sutter Health met the Bay Nurses Association.\nThe company left early, the union said."
    parties = read_cast(_article(text), entities).parties(text.index("The company"), len(text))
    assert parties.organisation is not None
    assert parties.organisation.name == "Sutter Health"
    assert parties.counterparty is not None
    assert parties.counterparty.name == "Bay Nurses Association"


def test_a_release_in_its_own_voice_speaks_for_the_union_that_publishes_it(entities: Entities) -> None:
    article = _article("Our members walked out at Kaiser.", publisher="NUHW", role="union")
    counterparty = read_cast(article, entities).parties(0, len(article.text)).counterparty
    assert counterparty is not None
    assert counterparty.id == "nuhw"
    assert counterparty.start == -1


def test_a_company_that_speaks_for_itself_is_the_organisation(entities: Entities) -> None:
    text = "Our clinics stay open. Elm Hospital met us, and Elm Hospital agreed."
    article = _article(text, publisher="Brightwell Health", role="company")
    organisation = read_cast(article, entities).lead.organisation
    assert organisation is not None
    assert (organisation.name, organisation.start) == ("Brightwell Health", -1)


def test_letters_in_brackets_stand_for_the_name_before_them(entities: Entities) -> None:
    text = "The Prairie Workers Union (PWU) met the mill.\nPWU walked out."
    cast = read_cast(_article(text), entities)
    assert [name.id for name in cast.named(text.index("\n"), len(text))] == ["prairie-workers-union"]


@pytest.mark.parametrize(
    "text",
    [
        "The Minister of State for Health replied.",
        "Assembly Health heard the plan.",  # a committee
        "The Prompt Care Act was passed.",
        "The Harbour Clinic Survey came out.",
    ],
)
def test_what_only_begins_like_a_name_is_none(entities: Entities, text: str) -> None:
    assert [name.text for name in find_names(text, 0, len(text), entities) if name.kind in PARTY_KINDS] == []


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("About 300 miners at Redrock Nickel struck.", "Redrock Nickel", "employer"),
        ("The state fined Brightwell on Monday.", "Brightwell", "employer"),
        ("On Monday Brightwell was fined again.", "Brightwell", "employer"),
        ("A complaint against the insurer Tessaly came in.", "Tessaly", "plan"),
        ("On Friday Morrowind, the troubled clinic operator, replied.", "Morrowind", "provider"),
        ("Talks between Verdanta and the Bay Porters Union went on.", "Verdanta", "employer"),
        ("Pilots at Air Canada voted.", "Air Canada", "employer"),
    ],
)
def test_an_employer_is_known_by_the_company_it_keeps(entities: Entities, text: str, name: str, kind: str) -> None:
    organisation = read_cast(_article(text), entities).lead.organisation
    assert organisation is not None
    assert (organisation.name, organisation.kind) == (name, kind)


@pytest.mark.parametrize(
    "text",
    [
        "A spokesman for Dr. Lena Moss said no.",
        "The judge fined Lena Moss. Moss will appeal.",
        "Junior doctors walked out.",
        "Nurses at Mill Lane walked out.",
        "Nurses at Tarnby walked out. It is warm in Tarnby.",
        "Duluth-area hospitals closed.",
    ],
)
def test_people_places_and_common_words_are_no_employers(entities: Entities, text: str) -> None:
    assert read_cast(_article(text), entities).lead.organisation is None


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("Nurses put Tolvan County on notice on Monday.", "Tolvan County", "a county's own workers"),
        ("The Shire of Mallet told members so.", "Shire of Mallet", "a shire's, too"),
        ("Members struck. Northern Petroleum's Bay City plant is shut.", "Northern Petroleum", "up to its apostrophe"),
        ("Air Galicia has filed papers on its crews.", "Air Galicia", "an airline"),
        ("Pickets at St Ula's Trust homes came down.", "St Ula's Trust", "a trust"),
        ("Garrow Bend strike goes on\nAides at four Garrow Bend homes are out.", "Garrow Bend", "told of most"),
        ("TRAMCO, union agree\nTRAMCO said that buses run.", "TRAMCO", "letters in the headline, and again"),
        ("The NewsGuild struck. Carlow Sentinel says no. The Carlow Sentinel is thin.", "Carlow Sentinel", "a paper"),
    ],
)
def test_an_article_without_a_known_employer_speaks_of_whom_it_names_most(
    entities: Entities, text: str, name: str, reason: str
) -> None:
    article = replace(_article(text), title_end=text.find("\n"))
    organisation = read_cast(article, entities).lead.organisation
    assert organisation is not None, reason
    assert organisation.name == name, reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("State Board Declares Two Lake County Jails Unfit\nThe board said so.", "a headline in capitals"),
        ("Garrow Bend nurses strike\nThey struck in Garrow Bend, Ohio.", "a town"),
        ("Harbour Times sold\nThe Harbour Times has a new owner.", "a paper of which no newsroom is told"),
        ("Anna Berg quits\nDr. Anna Berg said so.", "a person"),
    ],
)
def test_towns_people_and_headlines_are_not_whom_an_article_speaks_of(
    entities: Entities, text: str, reason: str
) -> None:
    article = replace(_article(text), title_end=text.find("\n"))
    assert read_cast(article, entities).lead.organisation is None, reason


def test_a_paper_is_no_party_to_what_it_tells(entities: Entities) -> None:
    article = _article("Quayside Health Weekly\nNurses at Elmcross walked out.", publisher="Quayside Health Weekly")
    organisation = read_cast(article, entities).lead.organisation
    assert organisation is not None
    assert organisation.name == "Elmcross"


def test_the_body_that_runs_all_others_yields_to_the_one_that_is_named_twice(entities: Entities) -> None:
    text = "The NHS, the NHS, the NHS. Elm Hospital met the Porters Union. Elm Hospital replied."
    organisation = read_cast(_article(text), entities).lead.organisation
    assert organisation is not None
    assert organisation.name == "Elm Hospital"


def test_an_employer_is_known_by_its_spokesman(entities: Entities) -> None:
    text = "A spokesman for Brickworth said no.\nBrickworth has 40 drivers."
    organisation = read_cast(_article(text), entities).lead.organisation
    assert organisation is not None
    assert organisation.name == "Brickworth"


def test_a_city_stands_for_its_region(entities: Entities) -> None:
    text = "Pickets stood in Fontana."
    region = read_cast(_article(text), entities).parties(0, len(text)).region
    assert region is not None
    assert region.id == "southern-california"


def test_the_region_of_the_source_is_the_default(entities: Entities) -> None:
    text = "Pickets stood outside."
    region = read_cast(_article(text, region="US-MN"), entities).parties(0, len(text)).region
    assert region is not None
    assert region.name == "Minnesota"


@pytest.mark.parametrize(
    ("text", "name", "reason"),
    [
        ("Talks at Pikes Grocers failed. A driver said Pikes had no offer.", "Pikes Grocers", "its first word"),
        ("Talks at Pikes Grocers failed. Ana Pikes of Pikes Bakery had no offer.", None, "two names begin so"),
        ("Talks at Pikes Grocers failed. It rained in Pikes, and Pikes had no offer.", None, "a place"),
        ("Talks at Pikes Grocers failed. Dr Pikes left. Then Pikes had no offer.", None, "a person"),
        ("Talks at Ever Grocers failed, as ever. They say Ever had no offer.", None, "a word of the language"),
    ],
)
def test_a_party_is_called_by_the_first_words_of_its_name(
    entities: Entities, text: str, name: str | None, reason: str
) -> None:
    start = text.index("had no offer") - 6
    named = read_cast(_article(text), entities).named(start, len(text))
    assert next((each.name for each in named), None) == name, reason


def test_faults_of_the_file_name_their_place_and_a_way_out() -> None:
    text = "entities:\n  acme: {name: Acme, kind: plann}\n  leeds: {kind: place, flags: [wet]}\nform: {}\n"
    with pytest.raises(RuleFileError) as caught:
        load_entities(text, "entities.yaml")
    faults = [str(fault) for fault in caught.value.faults]
    assert any(fault.startswith("entities.yaml:2:") and "did you mean 'plan'" in fault for fault in faults)
    assert any(fault.startswith("entities.yaml:3:") and "'leeds' has no 'name'" in fault for fault in faults)
    assert any(fault.startswith("entities.yaml:3:") and "'wet'" in fault for fault in faults)
    assert any(fault.startswith("entities.yaml:4:") and "did you mean 'forms'" in fault for fault in faults)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.sampled_from("AKaiser 'HospitalLocal12of&.\u2019\u00a0\u0301é\n“"), max_size=200))
def test_every_name_is_a_piece_of_the_text_and_none_overlap(entities: Entities, text: str) -> None:
    names = find_names(text, 0, len(text), entities)
    assert all(name.end - name.start == len(name.text) for name in names)
    assert all(before.end <= after.start for before, after in pairwise(names))


def test_a_megabyte_of_capitals_takes_linear_time(entities: Entities) -> None:
    for text in (
        "A" * 300_000,
        "Ab " * 100_000,
        "A.B" * 100_000,
        "Hospital of the " * 20_000,
        "Texas Hospital. " * 20_000,
    ):
        find_names(text, 0, len(text), entities)
