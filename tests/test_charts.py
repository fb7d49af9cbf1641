"""One contract for all figures, and what each means; as of today they stand in `golden/` and `baseline/`."""

import base64
import dataclasses
import datetime as dt
import hashlib
import inspect
import io
import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from functools import cache, partial

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis.strategies import floats, lists, tuples
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.patches import Circle
from matplotlib.transforms import Bbox
from PIL import Image

import summit_analysis as sa
from invented import change, keep
from printed import LAST_DAY, SUMMIT_DAY, one_line, parsed, python
from summit_analysis import charts
from summit_analysis.base.errors import AbsentError, ChoiceError, FrameError, SummitAnalysisError
from summit_analysis.charts import canvas, evidence
from summit_analysis.charts.canvas import DPI, NARROW, WIDTH, Sheet
from summit_analysis.ledger.sources import publishers
from summit_analysis.pledges.status import last_news
from summit_analysis.signatures import short_names

NAMES = sorted(set(charts.__all__) - {"Chart"})
LANGS = ("en", "fr")
CASES = {name: {} for name in NAMES} | {
    "total on the last day": {"as_of": LAST_DAY},
    **{f"total by {by}": {"by": by} for by in ("money_kind", "pledger_kind", "purpose", "pledge_id")},
    "total by country": {"by": "recipient_country", "to": "USD", "as_of": SUMMIT_DAY},
    "total in yen": {"by": "new_money", "to": "JPY", "money_kinds": "private"},
    "total of the article": {"rule": "article", "as_of": SUMMIT_DAY, "money_kinds": ["public", "mixed"]},
    "envelope of the article": {"rule": "article", "as_of": SUMMIT_DAY},
    "envelope gigafactories": {"envelope": "investai-gigafactories-20bn"},
    "envelope stargate": {"envelope": "cmp-usa-stargate-500bn"},
    "ladder of a moment": {"as_of": dt.datetime(2025, 6, 1, tzinfo=dt.UTC)},
    "ladder in dollars": {"to": "USD", "rule": "primary-first"},
    **{f"{name} 2025": {"as_of": "2025-06-01"} for name in ("intersections", "positions", "status")},
    "positions New Delhi": {"declaration": "newdelhi-2026"},
    "sites of all": {"where": ["summit", "comparator"], "as_of": "2026-03-01"},
}
"""Options of each figure that is drawn, once a language; the first word names the function."""
PICTURED = [*NAMES, "total by purpose"]
EACH = pytest.mark.parametrize("case", NAMES)


def laid_out(chart):
    """Let the texts of a figure be measured as they are on a screen."""
    FigureCanvasAgg(chart.figure).draw()
    return chart


@pytest.fixture(scope="session")
def draw(ledger):
    """Return a figure by its name in `CASES` and language; each is drawn once."""
    return cache(lambda case, lang="en": laid_out(getattr(charts, case.split()[0])(ledger, **CASES[case], lang=lang)))


def cases_of(name):
    return [case for case in CASES if case.split()[0] == name]


def texts_of(chart):
    """Each text of a figure with its place, in the order in which they stand, from above."""
    texts = [text for text in (*chart.figure.texts, *chart.figure.axes[0].texts) if text.get_text().strip()]
    return {text: text.get_window_extent() for text in sorted(texts, key=lambda text: -text.get_window_extent().y0)}


def seen(chart):
    return [one_line(text.get_text()) for text in texts_of(chart)]


def obstacles(chart):
    """Where no text may lie: bars and marks; of a map the land, but for the numbers of its sites."""
    (axes,) = chart.figure.axes
    # texts may cross the faded bars of what fell away
    bars = [bar for bar in axes.patches if to_hex(bar.get_facecolor()) != canvas.FADED and chart.name != "where"]
    places = [bar.get_window_extent() for bar in bars]
    if chart.name.startswith("map-"):
        states = evidence.outlines(evidence.WORLD_FILE)
        land = [place for bar, place in zip(bars, places, strict=True) if bar.get_gid() in states]
        dots = [mark.get_offset_transform().transform(mark.get_offsets())[0] for mark in axes.collections]
        places = [Bbox.union(land), *(Bbox([dot - 3.5, dot + 3.5]) for dot in dots)]
    return places


def misread(chart):
    """Say what a reader could not read: texts cut off, too small, on one another or on a mark, amounts as formulas."""
    texts, marks, paper = texts_of(chart), obstacles(chart), chart.figure.bbox.padded(0.5)
    boxes = [(text.get_text(), box) for text, box in texts.items()]
    pairs = itertools.combinations(boxes, 2)
    return [
        *(f"not there: {text}" for text in (chart.title, chart.source) if one_line(text) not in seen(chart)),
        # a phone of 360 pixels leaves 320 of 390 for the picture, so 8 points are 9 pixels on it
        *(f"small: {text.get_text()}" for text in texts if text.get_fontsize() < 8),
        *(f"a formula: {text.get_text()}" for text in texts if text.get_parse_math()),
        *(f"outside: {text}" for text, place in boxes if Bbox.union([paper, place]).bounds != paper.bounds),
        *(f"on one another: {one}, {other}" for (one, here), (other, there) in pairs if here.overlaps(there)),
        *(f"on a mark: {text}" for text, box in boxes if any(map(box.overlaps, marks))),
    ]


def test_every_figure_has_a_line_in_help():
    assert sorted(re.findall(r"^- `(\w+)`: \w", charts.__doc__, re.MULTILINE)) == NAMES


# another run is off by 0.1 at most, a mark in another place by 0.3 and more
COMPARED = partial(pytest.mark.mpl_image_compare, savefig_kwargs={"dpi": 100}, style="default", tolerance=0.2)
PICTURES = [pytest.param(one, id=one, marks=COMPARED(filename=re.sub("[ _]", "-", one) + ".png")) for one in PICTURED]


@pytest.mark.parametrize("case", PICTURES)
def test_picture(draw, case):
    return draw(case).figure


@EACH
@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_texts_are_legible_and_lie_inside_apart_and_on_no_mark(draw, case, width):
    # words above an axis need room at other widths, too
    others = (5.6, 7.9, 12) * (width == WIDTH and case in ("intersections", "statements"))
    every = [*itertools.product(cases_of(case), LANGS, [width]), *itertools.product([case], ["fr"], others)]
    drawn = {each: laid_out(draw(*each[:2]).on(Sheet(each[2]))) for each in every}
    assert {each: found for each, chart in drawn.items() if (found := misread(chart))} == {}
    assert case == "sites" or min(len(obstacles(chart)) for chart in drawn.values()) > 2


@EACH
def test_the_two_languages_have_their_texts_and_sources_and_share_the_rows_and_no_sentence(ledger, draw, case):
    shown = set()
    for one in cases_of(case):
        drawn = draw(one), draw(one, "fr")
        shown |= set.intersection(*({*seen(chart)} for chart in drawn))
        # names have another order
        rows = [chart.data.sort_values("iso3") if case == "positions" else chart.data for chart in drawn]
        pd.testing.assert_frame_equal(*(frame.reset_index(drop=True) for frame in rows))
        for part in ("title", "subtitle", "alt", "source"):
            assert getattr(drawn[0], part) != getattr(drawn[1], part)
        for chart in drawn:
            assert "{" not in chart.text() and len(chart.alt) > 100
        said = [" ".join([chart.title, chart.alt, *seen(chart)]) for chart in drawn]
        assert not re.search(r"\d,\d(?!\d\d)|\d\sMd", said[0])
        assert not re.search(r"\d\.\d|€\d|\dbn", said[1])
    names = {"Dates", "Science", "cloud", "coalitions", "public", *ledger.entities.query("entity == name_fr")["entity"]}
    names |= set(publishers(ledger.sources).str.replace(r"^GitHub .*/(.*)$", r"\1 (GitHub)", regex=True))
    names |= {*ledger.names("en")} & {*ledger.names("fr")} | {*short_names(ledger, "en")} & {*short_names(ledger, "fr")}
    words = {part for text in shown for part in re.sub(r" \(\d[^a-z]*\)$", "", text).split(", ")}
    assert [word for word in words - names if re.search("[a-zà-ÿ]{4}", word)] == []


def test_what_is_not_known_is_our_error_and_small_letters_are_no_other_currency(ledger):
    wrong = {"lang": "de", "to": "XXX", "rule": "boldest", "as_of": "soon", "declaration": "paris", "by": "colour"}
    wrong |= {"envelope": "no-such-pledge", "money_kinds": "borrowed", "where": "no-such-pledge"}
    for name, (option, value) in itertools.product(NAMES, wrong.items()):
        options = inspect.signature(figure := getattr(charts, name)).parameters
        if option in {"lang", *options}:
            with pytest.raises(SummitAnalysisError, match=value):
                figure(ledger, **{option: value})
        if option == "to" and option in options:
            assert figure(ledger, to="usd").text() == figure(ledger, to="USD").text()


def test_a_changed_cell_changes_title_text_and_picture(ledger, draw):
    edits = {
        "naive_sum": ("claims", "claim_id == 'fluidstack-supercomputer--seed-article'", {"amount_high": 9e10}),
        "sites": ("updates", "pledge_id == 'evroc-mougins'", {"status": "unclear"}),
        "statements": ("statements", "statement_id == 's01'", {"verdict": "wrong", "corrected_value": "Lyon"}),
        "positions": ("signatures", "iso3 == 'USA' and position == 'declined'", {"position": "attended-not-signed"}),
    }
    for name, edit in edits.items():
        one, other = draw(name), getattr(charts, name)(change(ledger, *edit))
        one, other = (dataclasses.replace(chart, made_from=str) for chart in (one, other))
        assert {one.title, one.text(), one.content("svg")} & {other.title, other.text(), other.content("svg")} == set()


def test_the_source_line_comes_from_the_rows_drawn_the_claims_read_and_the_updates_that_changed_them(ledger, draw):
    chart = charts.envelope(change(ledger, "claims", "index >= 0", {"source_id": "afp-109bn-detail-20250210"}))
    assert chart.source.startswith("Source: AFP") and "LeBigData" not in chart.source
    assert set(draw("total of the article").source_ids) == {"seed-article"}
    others = {"where": "comparator", "as_of": LAST_DAY}
    later = set(sa.total(ledger, **others).counted["amount_by"]) - {"claims"}
    assert later and later <= set(charts.total(ledger, **others).source_ids)


def test_another_process_draws_the_same_bytes(draw):
    code = "import hashlib; from summit_analysis import *; ledger = load()\n"
    code += f"for n in {NAMES}: print(hashlib.sha256(getattr(charts, n)(ledger).content('svg')).hexdigest())"
    # another seed than ours orders sets differently
    assert python(code, PYTHONHASHSEED="27182") == [
        hashlib.sha256(draw(name).content("svg")).hexdigest() for name in NAMES
    ]


NOTHING = [
    ("total", {"money_kinds": "mixed", "as_of": "2024-06-01"}, None, "is counted"),
    ("envelope", {"as_of": "2025-01-01"}, None, "no amount was given for Macron’s €109bn"),
    ("ladder", {"as_of": "2020-01-01"}, None, "no pledge with an amount is counted"),
    ("intersections", {}, ("signatures", "iso3 == ''"), "has no signatures"),
    ("intersections", {"as_of": "2023-01-01"}, None, "on a list as of 1 January 2023"),
    ("intersections", {}, ("declarations", "adopted_on > '2026'"), "one declaration"),
    ("positions", {}, ("signatures", "iso3 == ''"), "names for Paris 2025"),
    ("sites", {"as_of": "2020-01-01"}, None, "has a place"),
    ("sites", {}, ("sites", "index >= 0", {"iso3": "ATA"}), "no outline of ATA"),
    ("status", {"as_of": "2024-01-01"}, None, "announcement by 1 January 2024"),
    ("announced", {}, ("pledges", "announced_on < '2025-02-06'", {"announced_on": "2025-03-01"}), "before the event"),
    ("naive_sum", {}, ("claims", "source_id != 'seed-article'"), "no sum of money"),
    ("comparison", {"where": "comparator"}, None, "years of spending"),
    ("share_of_gdp", {}, ("economies", "iso3 == ''"), "no economies"),
    ("share_of_gdp", {"where": "mistral-essonne"}, None, "economy that receives it"),
]
"""A figure, its options, what is done to the tables (rows kept, or cells changed), and what it says."""


def test_nothing_to_draw_is_our_error_and_says_what_there_is_no_figure_of(ledger):
    for name, options, edit, said in NOTHING:
        edited = (change if len(edit) == 3 else keep)(ledger, *edit) if edit else ledger
        with pytest.raises(AbsentError, match=f"^no figure of [^:]+: .*{said}"):
            getattr(charts, name)(edited, **options)
    with pytest.raises(FrameError, match="adopted on 2025-02-11"):
        charts.positions(ledger, as_of="2025-02-10")


def test_of_another_event_and_of_none_each_figure_is_drawn_or_absent_with_a_sentence(other, empty):
    ledgers = {"other": other, "bare": dataclasses.replace(other, claims=other.claims.head(0)), "empty": sa.load(empty)}
    no_figure = {"en": "no figure of .+: .+", "fr": "pas de figure «\xa0.+\xa0»\xa0: .+"}
    said = defaultdict(set)
    for (what, ledger), name, lang in itertools.product(ledgers.items(), NAMES, LANGS):
        try:
            chart = laid_out(getattr(charts, name)(ledger, lang=lang))
        except AbsentError as error:
            said[what].add(name)
            assert re.fullmatch(no_figure[lang], str(error))
        else:
            assert (name, lang, misread(chart)) == (name, lang, [])
            foreign = r"summit|sommet|Paris|France|[Ss]targate|2025|nobody|personne"
            assert not re.search(foreign, " ".join([chart.text(), *seen(chart)])), name
    absent = "documented intersections naive_sum official_count positions share_of_gdp sites statements status"
    assert said == {"other": set(absent.split()), "bare": set(NAMES), "empty": set(NAMES)}


def test_pledges_chosen_are_those_of_a_total_and_not_called_those_of_the_event(ledger, draw):
    where = ["france-109bn", "cmp-usa-stargate-500bn"]
    held = set(sa.total(ledger, where=where).once.given["pledge_id"])
    for name in ("announced", "comparison", "kinds", "ladder", "share_of_gdp", "sites", "status", "total"):
        chart = getattr(charts, name)(ledger, where=where)
        assert chart.text() != draw(name).text() and "pledges made at" not in chart.subtitle
        assert set(chart.data.get("pledge_id", [])) <= held, name
        # what belongs to the event is what is drawn if nothing is chosen
        if name not in ("comparison", "share_of_gdp"):
            assert getattr(charts, name)(ledger, where="summit").data.equals(draw(name).data), name


def test_a_chart_has_its_texts_and_rows(draw):
    chart = draw("total", "fr")
    for part in ("name", "title", "alt", "source"):
        with pytest.raises(FrameError, match=part):
            dataclasses.replace(chart, **{part: " \n"})
    with pytest.raises(FrameError, match="no rows"):
        dataclasses.replace(chart, data=chart.data.head(0))


def test_html_is_a_figure_with_picture_alt_text_and_source_whatever_rows_bring_in(draw):
    bad = '"><script>alert(1)</script>'
    chart = dataclasses.replace(draw("ladder"), alt=f"alt {bad}", source=f"source {bad}")
    whole, image = parsed(chart.html()).find_all(True)
    # the source line stands on the picture, and once stood below it as well
    assert [whole.name, image.name, image["alt"]] == ["figure", "img", f"{chart.alt} {chart.source}"]
    assert image["src"] == f"data:image/png;base64,{base64.b64encode(chart.content('png')).decode()}"
    assert chart._repr_mimebundle_() == {"text/plain": chart.text(), "text/html": chart.html()}


def test_save_writes_picture_drawing_and_rows_and_each_names_package_data_and_their_last_day(ledger, draw, tmp_path):
    """A figure of a changed copy once had the same name and source line as ours, and nothing told them apart."""
    chart = draw("intersections", "fr")
    paths = chart.save(tmp_path / "v1.2")
    named = [tmp_path / "v1.2" / f"{chart.name}.{kind}" for kind in ("csv", "png", "svg")]
    assert sorted((tmp_path / "v1.2").iterdir()) == sorted(paths.values()) == named
    paths |= chart.save(tmp_path, format=["pdf"])
    rows = pd.read_csv(paths["csv"], keep_default_na=False, dtype="str")
    (made,) = rows.pop("made_from").unique()
    assert re.fullmatch(rf"summit-analysis {sa.__version__}, data [0-9a-f]{{12}} to {last_news(ledger):%Y-%m-%d}", made)
    pd.testing.assert_frame_equal(rows, chart.data.map(str), check_dtype=False)
    said = {"Title": chart.title, "Description": chart.alt, "Source": chart.source, "Software": made}
    with Image.open(paths["png"]) as image:
        assert (image.format, image.width, image.text) == ("PNG", 1600, said)
    metadata = " ".join(ET.parse(paths["svg"]).getroot().find("{http://www.w3.org/2000/svg}metadata").itertext())
    assert [text for text in said.values() if text not in metadata] == []
    assert f"/Creator ({made})".encode() in paths["pdf"].read_bytes()
    # the day is that of the data: what is drawn again is the same, byte for byte
    again = charts.intersections(ledger, lang="fr").save(tmp_path / "again", format=list(paths))
    assert [kind for kind, path in again.items() if path.read_bytes() != paths[kind].read_bytes()] == []
    other = change(ledger, "claims", "claim_id == 'evroc-mougins--jdn-evroc-20250901'", {"note": "x"})
    assert made[:40].encode() not in charts.intersections(other, lang="fr").content("csv")


def test_a_name_with_the_ending_of_a_picture_is_a_file_not_a_folder(draw, tmp_path):
    chart = draw("ladder")
    for kind, path in ("png", "figure.PNG"), ("svg", "figure.svg"), ("pdf", "figure.pdf"), ("csv", "figure.csv"):
        assert chart.save(tmp_path / path) == chart.save(tmp_path / path, format=kind) == {kind: tmp_path / path}
        assert (tmp_path / path).is_file()
    for path, wrong, right in (
        ("figure.jpg", {}, "png"), ("figure.pdf", {"format": "svg"}, "pdf"), ("here", {"format": "gif"}, "png"),
        ("here", {"width": 299}, "300 to 2000"), ("here", {"width": 2001}, "2000"), ("here", {"width": 390.5}, "2000"),
        ("here", {"width": True}, "2000"), ("here", {"dpi": 10}, "50 to 1200"), ("here", {"dpi": "300"}, "50"),
    ):  # fmt: skip
        with pytest.raises(ChoiceError, match=f"choose one of.*{right}"):
            chart.save(tmp_path / path, **wrong)
    assert not (tmp_path / "here").exists()


def test_a_chart_put_together_by_hand_is_drawn_for_each_width_as_high_as_it_is_painted(tmp_path):
    hand = charts.Chart("n", pd.DataFrame({"n": [1]}), "Title", "", "Alt", "Source", lambda axes, wide: wide / 2)
    for width in (300, 1000):
        paths = hand.save(tmp_path, width=width, dpi=250, format=["png", "svg", "pdf"], title=False)
        with Image.open(paths["png"]) as image:
            assert (image.width, image.height) == (width * 2.5, pytest.approx(width * 1.25 + 250 * 0.4, abs=40))
            assert round(image.info["dpi"][0]) == 250
        assert float(ET.parse(paths["svg"]).getroot().get("width")[:-2]) == pytest.approx(0.72 * width, abs=1e-3)
        page = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ", pdf := paths["pdf"].read_bytes())
        assert float(page[1]) == pytest.approx(0.72 * width, abs=0.01) and b"/FontFile2" in pdf


@pytest.mark.filterwarnings("error")
def test_an_emoji_in_a_name_once_warned_of_a_missing_glyph(draw):
    rocket = dataclasses.replace(draw("ladder"), title="A rocket 🚀 of its own")
    assert "🚀".encode() in rocket.content("svg") and rocket.content("png") and rocket.content("pdf")


def test_at_each_width_letters_keep_their_size_and_below_560_pixels_labels_stand_above(draw):
    every = [texts_of(laid_out(draw("naive_sum").on(Sheet(width)))) for width in (3.35, 5.59, 5.6, 12)]
    assert len({frozenset(text.get_fontsize() for text in texts) for texts in every}) == 1
    # what stands before its bar ends there
    assert ["right" in {text.get_ha() for text in texts} for texts in every] == [False, False, True, True]


def test_title_and_source_are_left_out_where_they_are_not_wanted(draw, tmp_path):
    chart = draw("ladder", "fr")
    for title, source in itertools.product((True, False), repeat=2):
        paths = chart.save(tmp_path, title=title, source=source)
        texts = " ".join(ET.parse(paths["svg"]).getroot().find("{*}g").itertext())
        assert [part[:20] in texts for part in (chart.title, chart.subtitle, chart.source)] == [title, title, source]
        # an empty strip once stayed where the title had been
        ink = np.asarray(Image.open(paths["png"]).convert("L")) < 250
        assert ink.any(axis=1).argmax() <= (0.2 + 0.1 * title) * DPI


@pytest.mark.parametrize("name", ["naive_sum", "sites"])
def test_a_picture_is_the_exact_one_in_less_space(draw, name):
    small, exact = draw(name, "fr").content("png"), io.BytesIO()
    with matplotlib.rc_context(canvas.STYLE):
        draw(name, "fr").figure.savefig(exact, format="png", dpi=DPI, facecolor="white")
    assert len(small) < 0.7 * len(exact.getvalue())
    drawn, wanted = (np.asarray(Image.open(file).convert("RGB")).astype(int) for file in (io.BytesIO(small), exact))
    # surfaces keep their colours, of which only edges have many
    assert (np.abs(drawn - wanted).max(axis=2) > 2).mean() < 0.02


@pytest.mark.parametrize("width", [3, 3.9, 5.5, 5.6, 8, 12])
def test_names_texts_headings_and_notes_of_any_length_have_room(ledger, width):
    name = "A name of a hundred characters and some more, that nobody prints and somebody will want to draw one day"
    long = pd.DataFrame({"low": [1e9, 0, 3e9], "high": [1e9, 2e9, 5e9], "name": name, "text": ["x", name, "y"]})
    long = long.assign(more=["", name, name], heading=[name, name, "short"])
    say = {"title": "title", "subtitle": "subtitle", "alt": "alt"}
    chart = canvas.bars(ledger, "long", long, say, {}, ["seed-article"], long, name, notes=[name * 5, name], lang="en")
    assert misread(laid_out(chart.on(Sheet(width)))) == []


MIXED = {"as_of": SUMMIT_DAY, "by": "purpose", "money_kinds": "mixed"}
SAID = [
    # a larger bar without a name was passed over
    ("total", MIXED, "en", r"^.* part that has a name is AI in the public interest: €385m\n", "^.*most"),
    ("total", {**MIXED, "money_kinds": None}, "en", r"^.*the largest part is start-ups: €140–160bn\n", "^.*most"),
    # what was withdrawn is off the lower sum too, but is not the same money; off groups it is already
    ("total", {"as_of": LAST_DAY}, "en", "perhaps withdrawn: Fluidstack", None),
    ("total", {"by": "purpose"}, "en", "never itemised", "same money"),
    ("envelope", {"envelope": "investai-gigafactories-20bn"}, "en", "says “up to” for EU gigafactory call", None),
    ("ladder", {"rule": "article"}, "en", "Site chosen", "second hand"),
    ("status", {"as_of": "2026-05-01"}, "fr", "au 1ᵉʳ mai 2026", "au 1 mai"),
    ("intersections", {"as_of": "2024-06-01"}, "en", "^The largest group", "^.*refused"),
    ("positions", {"declaration": "newdelhi-2026"}, "en", "^.*New Delhi", r"\*"),
]


@pytest.mark.parametrize(("name", "options", "lang", "said", "unsaid"), SAID)
def test_what_figures_once_said_wrongly_is_said_and_no_more(ledger, name, options, lang, said, unsaid):
    text = re.sub("[\xa0\u202f]", " ", getattr(charts, name)(ledger, **options, lang=lang).text())
    assert re.search(said, text)
    assert unsaid is None or not re.search(unsaid, text)


def test_a_package_is_cut_into_its_parts_by_country_none_on_another(ledger, draw):
    parents = ledger.pledges.set_index("pledge_id")["parent_id"]
    for case in cases_of("envelope"):
        data, how = draw(case).data, {"envelope": "france-109bn"} | CASES[case]
        found = sa.total(ledger, where=(package := how.pop("envelope")), **how)
        every = pd.concat([found.counted, found.left_out]).dropna(subset="low")["pledge_id"]
        assert {*data.query("what == 'pledge'")["pledge_id"]} == {*every[every.map(parents) == package]}
        assert data.groupby(data["country"].fillna("?"), sort=False).ngroup().is_monotonic_increasing
    # a name of it once ended in a KeyError
    named = charts.envelope(ledger, envelope="InvestAI (gigafactories)")
    assert named.title == draw("envelope gigafactories").title


def test_a_step_that_nobody_announced_has_its_amount(ledger):
    # only a claim about an older pledge comes within the week
    later = change(ledger, "pledges", "announced_on >= '2025-02-06'", {"announced_on": "2025-03-01"})
    claim = ledger.claims.set_index("pledge_id")["claim_id"]["amazon-choose-france-2024"].iloc[0]
    cells = {"claimed_on": "2025-02-08", "amount_low": 2e9, "amount_high": 2e9}
    chart = laid_out(charts.announced(change(later, "claims", f"claim_id == '{claim}'", cells)))
    assert set(chart.data.loc[chart.data["day"].between("2025-02-06", "2025-02-11"), "new"]) == {""}
    assert misread(chart) == []


def test_every_state_is_on_the_map_and_between_two_lists_nobody_knows(draw):
    for case in cases_of("positions"):
        data, (axes,) = draw(case).data, draw(case).figure.axes
        gids = Counter(str(artist.get_gid()) for artist in [*axes.patches, *axes.collections])
        states = data.query("entity_kind == 'state'")["iso3"]
        assert [code for code in states if not {code, f"{code}-mark"} & {*gids}] == []
    unknown = draw("positions 2025").data.query("answer == 'unknown'")
    assert unknown["shown_as"].tolist() == ["other"] * 10


def test_each_site_has_a_numbered_circle_near_its_place_as_large_as_its_power_and_a_row_of_its_number(draw):
    for case, lang in itertools.product(cases_of("sites"), LANGS):
        chart, (axes,) = draw(case, lang), draw(case, lang).figure.axes
        place, moved = np.array([line.get_xydata() for line in axes.lines]).swapaxes(0, 1)
        circles = [patch for patch in axes.patches if isinstance(patch, Circle)]
        assert [circle.center for circle in circles] == [tuple(spot) for spot in moved]
        assert np.hypot(*(place - moved).T).max() < 0.4
        large = chart.data["megawatts"] > 0.3 * chart.data["megawatts"].max()
        area = np.array([circle.radius**2 for circle in circles])[large]
        assert np.ptp(area / chart.data["megawatts"][large]) < 1e-9
        texts = Counter(seen(chart))
        assert [texts[f"{number}"] for number in range(1, len(chart.data) + 1)] == [2] * len(chart.data)


def test_of_sites_in_several_countries_those_of_the_country_with_most_are_drawn(ledger, draw):
    kenya = {"iso3": "KEN", "latitude": -1.3, "longitude": 36.8}
    moved = charts.sites(change(ledger, "sites", "site_id in ('fouju', 'cambrai')", kenya))
    assert len(moved.data) == len(draw("sites").data) - 2
    # a country without a fine outline has a coarse one
    assert charts.sites(change(ledger, "sites", "index >= 0", kenya)).title.startswith("Kenya: ")


def test_areas_are_equal():
    # the square of the Earth's radius in square kilometres; a coarse shape is off by a few per cent
    world = evidence.outlines(evidence.WORLD_FILE)
    for code, wanted in {"BRA": 8.51e6, "AUS": 7.69e6, "KAZ": 2.72e6, "GRL": 2.17e6, "UKR": 0.604e6}.items():
        area = sum(np.trapezoid(ring[:, 1], ring[:, 0]) for ring in map(np.asarray, world[code].to_polygons()))
        assert abs(area) * 6371.0**2 == pytest.approx(wanted, rel=0.03)


@given(lists(tuples(floats(0, 5), floats(0, 5), floats(0.05, 0.2)), min_size=1, max_size=20))
def test_circles_come_apart(circles):
    *spots, radii = np.array(circles).T
    moved = evidence.apart(np.transpose(spots), radii)
    for one, other in itertools.combinations(range(len(radii)), 2):
        assert np.hypot(*(moved[one] - moved[other])) > 0.98 * (radii[one] + radii[other])
