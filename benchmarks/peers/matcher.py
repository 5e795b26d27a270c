"""Our triggers as spaCy Matcher patterns, and dateparser on the sentences that hit. Runs in the peers' environment."""

import json
import re
import sys
import time

import spacy
from dateparser.search import search_dates
from spacy.matcher import Matcher

MOST_SKIPPED = 2  # words in a gap; ours allow up to 12, with which the Matcher did not end: each doubles its states
TOKEN = re.compile(r"\.\.\.(\d+)|\(([^()]*)\)(\??)|(\$[A-Z_]+)(\??)|<[^>]*>(\??)|([^\s()]+)")


def forms(word: str) -> list[str]:
    bare = word.rstrip("?")
    if not bare.endswith("~"):
        return [bare]
    stem = bare[:-1]
    return [stem, f"{stem}s", f"{stem}ed", f"{stem}ing", f"{stem.rstrip('e')}ing", f"{stem.rstrip('e')}ed"]


def words_of(name: str, lists: dict[str, list[str]], depth: int = 0) -> list[str]:
    found: list[str] = []
    for entry in lists.get(name.lstrip("$"), []) if depth < 4 else []:
        for word in re.split(r"[\s()|]+", str(entry)):
            if word.startswith("$"):
                found += words_of(word.rstrip("?"), lists, depth + 1)
            elif word:
                found += forms(word)
    return found


def pattern(phrase: str, lists: dict[str, list[str]]) -> list[dict[str, object]]:
    tokens: list[dict[str, object]] = []
    for gap, group, optional, name, name_optional, _, word in TOKEN.findall(phrase):
        if gap:
            tokens += [{"OP": "?"}] * min(int(gap), MOST_SKIPPED)
        elif group:
            chosen = [form for branch in group.split("|") for form in forms(branch.split()[0])]
            tokens.append({"LOWER": {"IN": chosen}, **({"OP": "?"} if optional else {})})
        elif name:
            tokens.append({"LOWER": {"IN": words_of(name, lists)}, **({"OP": "?"} if name_optional else {})})
        elif word:
            tokens.append({"LOWER": {"IN": forms(word)}, **({"OP": "?"} if word.endswith("?") else {})})
        else:
            tokens.append({"LIKE_NUM": True, "OP": "?"})
    return tokens


def reader(phrases: list[str], lists: dict[str, list[str]]) -> tuple[spacy.Language, Matcher]:
    """Return what splits a text into sentences, and what finds the phrases, by their numbers, in it."""
    language = spacy.blank("en")
    language.add_pipe("sentencizer")
    matcher = Matcher(language.vocab)
    for number, phrase in enumerate(phrases):
        matcher.add(str(number), [pattern(phrase, lists)])
    return language, matcher


def main() -> None:
    question = json.load(sys.stdin)
    language, matcher = reader(question["phrases"], question["lists"])
    before = time.process_time()
    for text in question["texts"]:
        document = language(text)
        hit = {document[start].sent.start for _, start, _ in matcher(document)}
        for sentence in document.sents:
            if sentence.start in hit:
                search_dates(sentence.text, languages=["en"])
    print(json.dumps({"seconds": time.process_time() - before, "patterns": len(matcher)}))


if __name__ == "__main__":
    main()
