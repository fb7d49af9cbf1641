"""How often what is said of an amount is right: `python -m tests.article_score` prints what tests/README.md keeps.

Two measures: the texts of corpus/sentences.toml, labelled by hand, and slips seeded in the figures of the ledger that
stand, each in a sentence that names the pledge. `--write` keeps the table, `--wrong` lists what is said otherwise.
"""

import re
import sys
import tomllib
from collections import Counter
from itertools import cycle, product
from pathlib import Path

import pandas as pd

from summit_analysis import load, match_claims
from summit_analysis.article.amounts import read_amounts
from summit_analysis.article.scan import SIGNS
from summit_analysis.pledges.claims import date_claims, printed_figures

HERE = Path(__file__).resolve().parent
MARKS = "<!-- score -->\n", "<!-- /score -->\n"
NAMED, HEADLINE = "slips seeded, pledge named", "slips seeded, headline package"
PACKAGE = "france-109bn"


def corpus(name):
    return tomllib.loads((HERE / "corpus" / f"{name}.toml").read_text("utf-8"))


PLEDGING, ANNOUNCING, UNITS, SCALES = corpus("seeds").values()


def judged(ledger, text, day="2025-02-11"):
    """What the program says of a text: one row per amount; the only place that knows how to ask."""
    return match_claims(ledger, read_amounts(text), on=day)


def aligned(entry, rows):
    """Yield (span, wanted, said) for every amount labelled or found, each a (verdict, pledge), or None without it."""
    rest, end = list(rows.itertuples()), 0
    for span, *wanted in entry["amounts"]:
        place = re.compile(rf"(?<![\w.,]){re.escape(span)}(?!\w)").search(entry["text"], end)
        assert place, f"sentences.toml: no {span!r} after character {end} of {entry['text']!r}"
        start, end = place.span()
        hits = [row for row in rest if row.start < end and start < row.end][:1]
        rest = [row for row in rest if row not in hits]
        yield span, tuple(wanted), said(*hits) if hits else None
    yield from ((row.span, None, said(row)) for row in rest)


def said(row):
    return row.verdict, "" if pd.isna(row.pledge_id) else row.pledge_id


def written(amount, currency, lang):
    """An amount as a newspaper writes it: 1,2 milliard d’euros, 2 milliards d’euros, 350 000 euros."""
    scale, word = next(((scale, word) for scale, word in SCALES[lang] if amount >= scale), (1, ""))
    number, (english, french) = f"{amount / scale:,.10g}", UNITS[currency]
    if lang == "en":
        return " ".join(filter(None, (number, word, english)))
    word = word.removesuffix("s") if amount < 2 * scale else word
    unit = french if word else re.sub("^d(e |’)", "", french)
    return " ".join(filter(None, (number.replace(",", "\xa0").replace(".", ","), word, unit)))


def slips(claim):
    """Every figure, with its currency, that a slip of the pen makes of that of a claim."""
    one, digits = claim.high, f"{claim.high:.0f}"
    swaps = (digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in range(len(digits) - 1))
    # the first two neighbouring digits that differ; no zero goes first
    turned = [float(swap) for swap in swaps if swap != digits and swap[0] != "0"][:1]
    own = [(each, claim.currency) for each in (one * 10, one / 10, one * 1000, one / 1000, *turned)]
    return [*own, (one, "USD" if claim.currency == "EUR" else "EUR")]


def seeded(ledger):
    """Yield (measure, day, text, pledges of that name) for each slip in a figure that stands.

    A slip that hits another figure of the same name is none, whether that figure stands or not.
    """
    claims = printed_figures(date_claims(ledger)).dropna(subset="high")
    # the first day on which a figure was known and the pledge announced
    announced = claims["pledge_id"].map(ledger.pledges.set_index("pledge_id")["announced_on"])
    days = pd.concat([claims["known_on"], announced], axis=1).max(axis=1)
    claims = claims.assign(day=days + pd.Timedelta(days=1)).dropna(subset="day")
    claims = claims.sort_values(["pledge_id", "day"], kind="stable")
    stand = claims[claims["standing"] == "stands"].drop_duplicates(["pledge_id", "high", "currency"])
    proper = ledger.aliases["alias"].map(lambda alias: alias[0].isupper() and "," not in alias)
    names = ledger.aliases[proper & ledger.aliases["kind"].isin(["name", "project"])].sort_values("kind", kind="stable")
    ways = cycle([(lang, way) for place in range(4) for lang in PLEDGING for way in [PLEDGING[lang][place]]])
    for claim in stand[stand["pledge_id"] != PACKAGE].itertuples():
        for (figure, currency), (lang, way) in zip(slips(claim), ways, strict=False):
            own = names[(names["pledge_id"] == claim.pledge_id) & names["language"].isin([lang, "any"])]
            for name in own["alias"].head(1):
                family = set(names.loc[names["alias"] == name, "pledge_id"])
                known = claims[claims["pledge_id"].isin(family) & (claims["currency"] == currency)]
                if not ((known["low"] * 0.98 <= figure) & (figure <= known["high"] * 1.02)).any():
                    yield NAMED, claim.day, way.format(name=name, sum=written(figure, currency, lang)), family
    total = stand[stand["pledge_id"] == PACKAGE].iloc[0]
    for lang, sentences in ANNOUNCING.items():
        for way, (figure, currency) in product(sentences, slips(total)):
            yield HEADLINE, total.day, way.format(sum=written(figure, currency, lang)), {PACKAGE}


def score(ledger, *, seeds=True):
    """Return the table, without the rows of seeded slips or with them, and what is said otherwise than it should be."""
    labelled, given, hit, wrong = Counter(), Counter(), Counter(), []
    for entry in corpus("sentences")["text"]:
        for span, wanted, answer in aligned(entry, judged(ledger, entry["text"], entry["on"])):
            labelled.update([wanted[0], "amounts"] if wanted else [])
            given.update([answer[0], "amounts"] if answer else [])
            hit.update(["amounts"] if wanted and answer else [])
            # the pledge where one is labelled; what is new has none
            if answer and (answer == wanted or (wanted == (answer[0], "") and answer[0] != "new")):
                hit.update([answer[0]])
            else:
                wrong.append((entry["text"], span, wanted, answer))
    for measure, day, text, family in seeded(ledger) if seeds else ():
        labelled.update([measure])
        answers = [said(row) for row in judged(ledger, text, day).itertuples()]
        if any(verdict in ("slip", "differs") and pledge in family for verdict, pledge in answers):
            hit.update([measure])
        else:
            wrong.append((text, measure, sorted(family), answers))
    # how many seeded slips are noticed is a recall: what else is called a slip stands in the rows above
    rows = ["amounts", *SIGNS, *([NAMED, HEADLINE] if seeds else [])]
    table = pd.DataFrame({"labelled": labelled, "given": given, "right": hit}).reindex(rows).astype(float)
    table = table.fillna({"labelled": 0, "right": 0}).rename_axis("verdict")
    table["precision"] = (table["right"] / table["given"]).round(3)
    table["recall"] = (table["right"] / table["labelled"]).round(3)
    return table, wrong


def kept():
    """Return the table that tests/README.md keeps between its marks."""
    _, lines, _ = re.split("|".join(MARKS), (HERE / "README.md").read_text("utf-8"))
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines())
    return pd.DataFrame(rows, columns=head).set_index("verdict").apply(pd.to_numeric)


def main():
    """Print the table."""
    table, wrong = score(load())
    counts, shares = table.iloc[:, :3].map("{:.0f}".format), table.iloc[:, 3:].map("{:.3f}".format)
    cells = counts.join(shares).replace("nan", "").reset_index()
    lines = [cells.columns, ["---", *["--:"] * len(table.columns)], *cells.to_numpy()]
    shown = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    print(shown, end="")
    if "--wrong" in sys.argv:
        print(*(f"\n{text}\n  {span}: {wanted}, said {answer}" for text, span, wanted, answer in wrong), sep="\n")
    if "--write" in sys.argv:
        page = HERE / "README.md"
        before, _, after = re.split("|".join(MARKS), page.read_text("utf-8"))
        page.write_text(before + MARKS[0] + shown + MARKS[1] + after, encoding="utf-8")


if __name__ == "__main__":
    main()
