"""One number with what makes it money, and what keeps it from being money."""

from __future__ import annotations

from dataclasses import dataclass

from summit_analysis import currencies
from summit_analysis.lexicon import entries
from summit_analysis.passages import Sentence
from summit_analysis.quantities import Quantity, quantity, starters, without_determiner


@dataclass(frozen=True)
class Term:
    """A number and its currency, by the tokens they cover; `prefixed` if the currency stands before."""

    start: int
    end: int
    quantity: Quantity
    currency: str | None
    prefixed: bool = False

    @property
    def bare(self) -> bool:
        """Whether it is nothing but a number."""
        return self.currency is None and self.quantity.strength == ""

    @property
    def stands_alone(self) -> bool:
        """Whether it may be an amount by itself: "5 M" needs a neighbour's currency, "5 billion" only some."""
        return self.currency is not None or self.quantity.strength == "word"


def term(sentence: Sentence, at: int, around: set[str]) -> Term | None:
    """Read a number and its currency at a token; `around` are the words of the whole text."""
    if not _may_start(sentence, at):
        return None
    prefix = currencies.before(sentence, at)
    if prefix is not None and sentence.kind(prefix[1]) != "n":
        prefix = None
    if prefix is None and sentence.kind(at) == "s":
        return None
    read = quantity(sentence, at if prefix is None else prefix[1])
    if read is None:
        return None
    found = _plain(sentence, at, read, around) if prefix is None else _prefixed(sentence, at, read, prefix[0], around)
    return found if found is None or found.currency is None else _with_cents(sentence, found)


def is_year(sentence: Sentence, read: Term) -> bool:
    """Whether a bare number may be a year."""
    text = sentence.tokens[read.start].text
    return read.end == read.start + 1 and len(text) == 4 and text.isdigit() and 1900 <= int(text) <= 2100


def counted(sentence: Sentence, read: Term) -> bool:
    """Whether a figure without currency counts things: a noun that is no money follows, or one came just before."""
    lang, here = sentence.lang, read.end
    if sentence.low(here) == "-" and sentence.glued(here + 1):
        here += 1
    low, of = sentence.low(here), entries("numbers", lang, "of")
    if sentence.kind(here) == "w":
        if low in of:
            low = sentence.low(here + 1)
            known = low in entries("money", lang) or low in entries("money", f"{lang}_of")
        else:
            # French needs "de" before what is counted in millions
            known = lang == "fr" or low in entries("money", lang) or low in entries("money", "en_follow")
        if not known or low in entries("counts", "words"):
            return True
    for back in range(read.start - 1, max(read.start - 9, -1), -1):
        low = sentence.low(back)
        if low in entries("counts", "until"):
            return False
        if low in entries("counts", "words"):
            return True
    return False


def _may_start(sentence: Sentence, at: int) -> bool:
    kind, low = sentence.kind(at), sentence.low(at)
    if kind != "w":
        return kind in ("n", "s")
    return low in starters(sentence.lang) or low.startswith("multi") or currencies.before(sentence, at) is not None


def _plain(sentence: Sentence, at: int, read: Quantity, around: set[str]) -> Term | None:
    """Add the currency after a number, if there is one."""
    if sentence.low(read.end) == "%":
        return None
    if read.code:
        return Term(at, read.end, read, read.code)
    suffix = currencies.after(sentence, read.end)
    if suffix is None:
        vague = not read.known and without_determiner(sentence, at)
        return None if vague else Term(at, read.end, read, None)
    name, end = suffix
    code = currencies.iso(name, scaled=_scaled(read), near=sentence.words, around=around)
    if code is None or _is_region(sentence, end) or _is_weight(sentence, name, end):
        return None
    if name == "$" and sentence.low(at - 1) in entries("code", "signs") and "$" in sentence.lows[max(at - 5, 0) : at]:
        return None
    return Term(at, end, read, code)


def _prefixed(sentence: Sentence, at: int, read: Quantity, name: str, around: set[str]) -> Term | None:
    """Put the currency before a number to it, and one after it that says the same."""
    code = currencies.iso(name, scaled=_scaled(read), near=sentence.words, around=around)
    if code is None or (name.lower() in entries("currencies", "euro") and not read.strength):
        return None
    if name == "$" and read.unit == 1 and _is_program(sentence, at, read):
        return None
    suffix = None if read.code else currencies.after(sentence, read.end)
    if suffix is not None:
        named = currencies.iso(suffix[0], scaled=_scaled(read), near=sentence.words, around=around)
        if named == code or (name == "$" and named is not None and currencies.is_dollar(named)):
            return Term(at, suffix[1], read, named, prefixed=True)
    return Term(at, read.end, read, code, prefixed=True)


def _scaled(read: Quantity) -> bool:
    return read.unit > 1 or read.amount >= 1e5


def _is_region(sentence: Sentence, at: int) -> bool:
    """Whether "20 euro" goes on as "euro area"."""
    return sentence.low(at + (sentence.low(at) == "-")) in ("area", "zone")


def _is_weight(sentence: Sentence, name: str, at: int) -> bool:
    """Whether "2 million pounds" goes on as "of copper"."""
    if name not in entries("currencies", "weights") or sentence.low(at) not in entries("numbers", sentence.lang, "of"):
        return False
    return sentence.low(at + 1) not in entries("money", sentence.lang)


def _is_program(sentence: Sentence, at: int, read: Quantity) -> bool:
    """Whether "$1" belongs to a program or a formula."""
    code, after = entries("code"), sentence.low(read.end)
    if after in code["powers"] or (after == "$" and sentence.glued(read.end)):
        return True
    if read.value >= 100 or "." in sentence.tokens[read.end - 1].text:
        return False
    return after in code["signs"] or sentence.low(at - 1) in (*code["opening"], *code["commands"])


def _with_cents(sentence: Sentence, read: Term) -> Term:
    """Add cents to whole units: 3 euros and 50 cents, 2 euros 50 centimes, 3€50."""
    end = read.end
    tight = sentence.kind(end - 1) == "s" and sentence.glued(end - 1) and sentence.glued(end)
    here = end + (sentence.low(end) in entries("ranges", "joints"))
    named = sentence.low(here + 1) in entries("currencies", "cents")
    cents = sentence.low(here)
    if not (named or (tight and len(cents) == 2)) or not cents.isdigit() or int(cents) >= 100:
        return read
    if read.quantity.unit > 1 or not read.quantity.value.is_integer():
        return read
    value = float(f"{read.quantity.value:.0f}.{int(cents):02}")
    return Term(read.start, here + 1 + named, read.quantity._replace(value=value), read.currency, read.prefixed)
