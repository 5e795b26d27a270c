"""A trace in lines a person reads: each sentence with what hit, what vetoed it and why."""

from collections.abc import Iterable, Iterator

from bot.core.events.extractor import TracedSentence, Verdict

MAX_SENTENCE_CHARS = 160  # enough to recognise the sentence


def explain_trace(trace: Iterable[TracedSentence]) -> Iterator[str]:
    """Yield one line for a sentence and one for each trigger in it."""
    for number, sentence in enumerate(trace, start=1):
        text = " ".join(sentence.text.split())
        shown = text if len(text) <= MAX_SENTENCE_CHARS else f"{text[: MAX_SENTENCE_CHARS - 1]}…"
        yield f"{number:>4}  {shown}"
        if sentence.furniture:
            yield f"      set aside as page furniture by {sentence.furniture}"
        for verdict in sentence.verdicts:
            yield f"      {_line(verdict)}"


def _line(verdict: Verdict) -> str:
    quote = " ".join(verdict.quote.split())
    doubt = f", in doubt by the words around it: {', '.join(verdict.doubt)}" if verdict.doubt else ""
    outcome = f"no: {verdict.veto}" if verdict.veto else f"yes{doubt}"
    return f"{verdict.type}: “{quote}” by {verdict.pattern} ({verdict.phrase}): {outcome}"
