"""Turn an executed notebook into the body of a page that needs no script and fetches nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Container
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from summit_analysis.drawing import png_size
from summit_analysis.files import plain_name
from summit_analysis.pages import TEMPLATES, is_web

if TYPE_CHECKING:
    import nbformat
    from bs4 import BeautifulSoup, Tag

PICTURES = "notebooks/pictures"
"""Where in the report the pictures of notebooks are; both languages share them."""
_EMBEDDED = re.compile(r"data:image/(png|jpeg);base64,(.*)", re.DOTALL)
_OUTSIDE = re.compile(r"@import[^;]*;?|url\([^)]*\)")
_CALL = re.compile(r"\b(\w+)\(")
_HEADINGS = re.compile(r"h[1-6]")


@dataclass
class Article:
    """A notebook as a page shows it.

    Attributes
    ----------
    name, title : str
    body : str
        HTML; pictures have the address ``{PICTURES}/<digest>.png``, seen from the top of the report.
    style : str
        Rules for the tables in the body.
    calls : list of str
        Names of the functions its code calls.
    pictures : dict of str to bytes
        By file name.
    """

    name: str
    title: str
    body: str
    style: str
    calls: list[str]
    pictures: dict[str, bytes] = field(default_factory=dict)

    def dump(self) -> bytes:
        """Write the page as JSON."""
        pictures = {file: base64.b64encode(content).decode("ascii") for file, content in self.pictures.items()}
        return json.dumps({**asdict(self), "pictures": pictures}).encode()

    @classmethod
    def read(cls, content: bytes) -> Article:
        """Read what `dump` has written."""
        parts = json.loads(content)
        plain_name(parts["name"])
        pictures = {plain_name(file): base64.b64decode(text) for file, text in parts["pictures"].items()}
        return cls(**{**parts, "pictures": pictures})


def title_of(notebook: nbformat.NotebookNode) -> str:
    """Return the first heading of a notebook."""
    first = next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return str(first.splitlines()[0].lstrip("# ").strip())


def article(name: str, notebook: nbformat.NotebookNode, others: Container[str]) -> Article:
    """Turn a notebook into the body of a page.

    Parameters
    ----------
    name : str
        Of the notebook, without ending.
    notebook : notebook
        With its outputs.
    others : container of str
        Names of the notebooks that have a page; links to these lead to their pages, other links inside the package
        become plain text.
    """
    from bs4 import BeautifulSoup
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name="notebook",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    html, _ = exporter.from_notebook_node(notebook)
    soup = BeautifulSoup(html, "html.parser")
    style = lift_styles(soup)
    for tag in soup(["script", "link", "meta", "iframe"]):
        tag.decompose()
    calls = {call for cell in notebook.cells if cell.cell_type == "code" for call in _CALL.findall(cell.source)}
    page = Article(name, title_of(notebook), "", style, sorted(calls))
    _link(soup, others)
    for picture in soup("img"):
        _take_out(soup, picture, page.pictures)
    _order_headings(soup, page.title)
    make_scroll(soup)
    _plain(soup)
    _drop_repeated_ids(soup)
    page.body = str(soup)
    return page


def lift_styles(soup: BeautifulSoup) -> str:
    """Take the style sheets out of a body and return their rules, for the head of the page."""
    rules = "\n".join(tag.extract().get_text() for tag in soup("style"))
    return _OUTSIDE.sub("", rules)


def make_scroll(soup: BeautifulSoup) -> None:
    """Put each table into a region of its own that scrolls sideways, also by keyboard."""
    labels: dict[str, int] = {}
    for table in soup("table"):
        del table["border"]
        for head in table.select("th:not([scope])"):
            if head.get_text(strip=True):
                head["scope"] = "col" if head.find_parent("thead") else "row"
            else:
                head.name = "td"
        heading = table.find_previous(_HEADINGS)
        said = table.caption or heading
        label = f"Table: {said.get_text(' ', strip=True)}" if said else "Table"
        # landmarks of one page need names of their own
        labels[label] = labels.get(label, 0) + 1
        if labels[label] > 1:
            label = f"{label} ({labels[label]})"
        region = soup.new_tag("div", attrs={"class": "scroll", "role": "region", "aria-label": label, "tabindex": "0"})
        table.wrap(region)


def _take_out(soup: BeautifulSoup, picture: Tag, pictures: dict[str, bytes]) -> None:
    """Make an embedded picture a file, a link to it, and say how large it is."""
    found = _EMBEDDED.match(str(picture.get("src", "")))
    if not found:
        picture.decompose()
        return
    content = base64.b64decode(found[2])
    file = f"{hashlib.sha256(content).hexdigest()[:16]}.{found[1]}"
    pictures[file] = content
    address = f"{PICTURES}/{file}"
    picture["src"] = address
    picture.wrap(soup.new_tag("a", attrs={"class": "picture", "href": address}))
    # its width in a notebook is not that on a page, and least of all on paper
    del picture["style"]
    picture["alt"] = picture.get("alt") or "Picture; the text beside it says what it shows."
    if found[1] == "png":
        picture["width"], picture["height"] = map(str, png_size(content))


def _link(soup: BeautifulSoup, others: Container[str]) -> None:
    for link in soup("a"):
        address = str(link.get("href", ""))
        name, ending, anchor = address.partition(".ipynb")
        if ending and name in others:
            link["href"] = f"{name}.html{anchor}"
        elif not is_web(address) and not address.startswith("#"):
            link.unwrap()


def _order_headings(soup: BeautifulSoup, title: str) -> None:
    """Leave one heading of the first level, and no level out."""
    if not soup("h1"):
        soup.insert(0, soup.new_tag("h1", string=title))
    last = 0
    for heading in soup(_HEADINGS):
        level = min(max(int(heading.name[1]), 2 if last else 1), last + 1)
        heading.name, last = f"h{level}", level


def _plain(soup: BeautifulSoup) -> None:
    """Let a keyboard scroll what a program printed, and leave its colours to the page."""
    for block in soup("pre"):
        block["tabindex"] = "0"
    for span in soup.select('span[class*="ansi-"]'):
        del span["style"]


def _drop_repeated_ids(soup: BeautifulSoup) -> None:
    seen: set[str] = set()
    for tag in soup(id=True):
        if tag["id"] in seen or str(tag["id"]).startswith("cell-id="):
            del tag["id"]
        else:
            seen.add(str(tag["id"]))
