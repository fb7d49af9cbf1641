"""What tests of figures share: a figure laid out, the texts that are seen in it, where they stand, and its baseline."""

import itertools
import re

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.text import Text
from matplotlib.transforms import Bbox

LANGS = ("en", "fr")


def in_both_languages(figures, parameter="name"):
    """Run a test for each figure in English and in French."""
    return pytest.mark.parametrize((parameter, "lang"), list(itertools.product(figures, LANGS)))


def draw_all(ledger, draw):
    """Draw the figures of ``{name: function}``: ``{(name, lang): chart}``."""
    return {(name, lang): laid_out(function(ledger, lang=lang)) for name, function in draw.items() for lang in LANGS}


def laid_out(chart):
    """Let the texts of a figure be measured as they are at 800 pixels; a legend finds its place when it is drawn."""
    FigureCanvasAgg(chart.figure)
    chart.figure.draw_without_rendering()
    return chart


def picture(filename):
    """Compare the figure that a test returns with its baseline."""
    # another palette is off by 3 and more, another run by nothing
    return pytest.mark.mpl_image_compare(filename=filename, savefig_kwargs={"dpi": 100}, style="default", tolerance=2)


# --- texts


def one_line(text):
    return re.sub(r"\s+", " ", text)


def visible_texts(figure):
    """Return the texts that are drawn; ticks outside the axis exist but are not."""
    hidden = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not axes.axison or not low <= tick.get_loc() <= high:
                    hidden |= {tick.label1, tick.label2}
    texts = figure.findobj(lambda artist: isinstance(artist, Text) and artist not in hidden)
    return [text for text in texts if text.get_visible() and text.get_text().strip()]


def boxes(figure):
    """Return (text, place in pixels) of each text that is drawn."""
    # a text remembers the renderer of its last drawing, which had other pixels
    renderer = figure.canvas.get_renderer()
    return [(text.get_text(), text.get_window_extent(renderer)) for text in visible_texts(figure)]


def outside(figure):
    """Return the texts that leave the canvas."""
    canvas = figure.bbox.padded(0.5)
    return [text for text, place in boxes(figure) if Bbox.union([canvas, place]).bounds != canvas.bounds]


def overlapping(figure):
    """Return the pairs of texts that lie on one another."""
    pairs = itertools.combinations(boxes(figure), 2)
    return [(one, other) for (one, here), (other, there) in pairs if here.overlaps(there)]


def covering(figure, marks, *, but=()):
    """Return the texts that lie on one of the marks, given by their places in pixels, except some."""
    return [text for text, place in boxes(figure) if text not in but for mark in marks if place.overlaps(mark)]


def spots(axes, half):
    """Return the places of all markers: so many pixels around the middle of each."""
    return [
        Bbox([spot - half, spot + half])
        for points in axes.collections
        if isinstance(points, PathCollection)
        for spot in points.get_offset_transform().transform(points.get_offsets())
    ]


# --- what a chart says


def assert_texts_fit(chart, marks=(), *, more_than, but=()):
    """Check that a reader at 800 pixels sees every text whole, at 8 points or more, on no other and on no mark.

    Title, subtitle and source line are among them; none takes the dollars of two amounts for a formula.
    """
    figure, texts = chart.figure, visible_texts(chart.figure)
    assert len(texts) > more_than
    assert {one_line(text) for text in (chart.title, chart.subtitle, chart.source)} <= {
        one_line(text.get_text()) for text in texts
    }
    assert figure.get_figwidth() == 8
    assert min(text.get_fontsize() for text in texts) >= 8
    assert [text.get_text() for text in texts if text.get_parse_math()] == []
    assert outside(figure) == []
    assert overlapping(figure) == []
    assert covering(figure, marks, but=but) == []


def assert_no_sentence_is_shared(english, french):
    """Check that each text is another one in French, with French numbers."""
    for part in ("title", "subtitle", "alt", "source"):
        assert getattr(english, part) != getattr(french, part)
    assert not re.search(r"\d\.\d|€\d|\dbn", french.title + french.alt)
