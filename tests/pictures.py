"""What is seen in a figure: the texts that are drawn, and which of them a reader at its width could not read."""

import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from printed import one_line


def laid_out(chart):
    """Let the texts of a figure be measured as they are on a screen; a legend finds its place when it is drawn."""
    FigureCanvasAgg(chart.figure)
    chart.figure.draw_without_rendering()
    return chart


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


def spots(axes, half=3.5):
    """Return the places of all markers: so many pixels around the middle of each."""
    dots = [mark for mark in axes.collections if isinstance(mark, PathCollection)]
    places = [spot for mark in dots for spot in mark.get_offset_transform().transform(mark.get_offsets())]
    return [Bbox([spot - half, spot + half]) for spot in places]


def misread(chart, marks=()):
    """Say what a reader could not read: texts cut off, too small, on one another or on a mark, amounts as formulas."""
    texts, canvas = visible_texts(chart.figure), chart.figure.bbox.padded(0.5)
    # a text remembers the renderer of its last drawing, which had other pixels
    boxes = [(text.get_text(), text.get_window_extent(chart.figure.canvas.get_renderer())) for text in texts]
    seen = {one_line(text) for text, _ in boxes}
    pairs = itertools.combinations(boxes, 2)
    return [
        *(f"not there: {text}" for text in (chart.title, chart.subtitle, chart.source) if one_line(text) not in seen),
        *(f"wide: {wide}" for wide in [chart.figure.get_figwidth()] if wide != chart.sheet.width),
        # a phone of 360 pixels leaves 320 of 390 for the picture, so 8 points are 9 pixels on it
        *(f"small: {text.get_text()}" for text in texts if text.get_fontsize() < 8),
        *(f"a formula: {text.get_text()}" for text in texts if text.get_parse_math()),
        *(f"outside: {text}" for text, place in boxes if Bbox.union([canvas, place]).bounds != canvas.bounds),
        *(f"on one another: {one}, {other}" for (one, here), (other, there) in pairs if here.overlaps(there)),
        *(f"on a mark: {text}" for text, box in boxes if any(map(box.overlaps, marks))),
    ]
