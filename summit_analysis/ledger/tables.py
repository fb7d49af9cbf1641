"""The ledger as data frames: load it, check it, copy it, add rows to it."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import re
import shlex
import shutil
import textwrap
import tomllib
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from summit_analysis.base import files
from summit_analysis.base.errors import ChoiceError, FileError, FrameError, LedgerError, one_or_several
from summit_analysis.base.kept import Frozen
from summit_analysis.base.text import Language, known_language, records
from summit_analysis.currency.rates import RATES_FILE, Rates
from summit_analysis.ledger import checks, schema

_DTYPES = {"string": "str", "number": "float64", "integer": "Int64", "year": "Int64", "boolean": "boolean"}


class About(NamedTuple):
    """What a ledger is about: the row of ``event.csv``, an empty cell as None; without a row no day is known."""

    event_id: str
    name_en: str
    name_fr: str
    first_day: pd.Timestamp
    opening_day: pd.Timestamp
    last_day: pd.Timestamp
    article: str | None
    """Source whose figures are examined."""
    headline: str | None
    """Package of the headlines."""
    headline_day: pd.Timestamp
    """Day on which it was announced; without one the opening day."""
    declaration: str | None
    group: str
    """Group of pledges that are meant if none is named."""
    contact: str | None
    note: str | None
    note_fr: str | None
    at_en: str
    at_fr: str
    """The words that say where something was said: at the summit."""

    def name(self, lang: Language = "en") -> str:
        """Return the name of the event."""
        return str(getattr(self, f"name_{known_language(lang)}"))

    def at(self, lang: Language = "en") -> str:
        """Return the words that say where something was said: at the summit."""
        return str(getattr(self, f"at_{known_language(lang)}"))


@dataclass(frozen=True, eq=False, repr=False)
class Ledger(Frozen):
    """The tables as data frames, and the reference rates.

    The columns of each table, with types, units and allowed words, are those of ``data/datapackage.json``
    (`data/README.md` prints them). Days are ``datetime64``, amounts float64 in whole currency units, counts ``Int64``,
    yes/no ``boolean``, all else ``str``; an empty cell is missing, and nothing but an empty cell is.

    >>> ledger  # doctest: +ELLIPSIS
    Ledger of the Paris AI Action Summit: 54 comparator and 48 summit pledges, last news ...
      ... sources, 102 pledges, 102 labels, ...
      rates of 41 currencies against the euro, 1999-01-04 to ...
    >>> ledger.pledges.set_index("pledge_id").loc["mgx-campus", ["parent_id", "money_kind"]].tolist()
    ['france-109bn', 'private']
    """

    event: pd.DataFrame
    sources: pd.DataFrame
    pledges: pd.DataFrame
    labels: pd.DataFrame
    aliases: pd.DataFrame
    overlaps: pd.DataFrame
    claims: pd.DataFrame
    updates: pd.DataFrame
    sites: pd.DataFrame
    events: pd.DataFrame
    declarations: pd.DataFrame
    signatures: pd.DataFrame
    counts: pd.DataFrame
    entities: pd.DataFrame
    economies: pd.DataFrame
    statements: pd.DataFrame
    corrections: pd.DataFrame
    pegs: pd.DataFrame
    own_rates: pd.DataFrame
    rates: Rates
    folder: Path
    """Where the tables stand."""
    version: str
    """Of the tables, as their ``datapackage.json`` says."""
    kept: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False)

    def __repr__(self) -> str:
        """Say what it is about, how much there is, how new, and which days have rates."""
        groups = " and ".join(f"{count} {group}" for group, count in self.pledges["group"].value_counts().items())
        pledges = "pledge" if len(self.pledges) == 1 else "pledges"
        there = [name for name in schema.resources() if name != "event" and len(getattr(self, name))]
        sizes = ", ".join(f"{len(getattr(self, name))}\xa0{name}" for name in there)
        days, codes, news = self.rates.days, self.rates.currencies, self.updates["updated_on"].max()
        said = "" if pd.isna(news) else f", last news {news:%Y-%m-%d}"
        about = f"{'' if len(self.event) else 'folder '}{self.about.name_en}"
        return "\n".join(
            [
                f"Ledger of the {about}: {groups or 'no'} {pledges}{said} (data {self.digest})",
                textwrap.fill(sizes, 110, initial_indent="  ", subsequent_indent="  ").replace("\xa0", " "),
                f"  rates of {len(codes) - 1} currencies against the euro, {days[0]} to {days[-1]}",
            ]
        )

    @cached_property
    def digest(self) -> str:
        """First 12 hexadecimal digits of the SHA-256 of all cells and rates as they are here."""
        # days, numbers and yes or no as tables write them, whatever the version of pandas
        cells = [_as_lines(name, getattr(self, name)) for name in schema.resources()]
        return hashlib.sha256(b"\0".join([*cells, self.rates.table.tobytes()])).hexdigest()[:12]

    @cached_property
    def about(self) -> About:
        """What the ledger is about."""
        row = next(iter(records(self.event)), dict.fromkeys(self.event.columns))
        days = [pd.Timestamp(row[f"{which}_day"]) for which in ("first", "opening", "last")]
        groups, headline = self.pledges["group"].mode(), row["headline_pledge_id"]
        announced = self.pledges.loc[self.pledges["pledge_id"] == headline, "announced_on"].dropna()
        return About(
            **{column: str(row[column] or self.folder.resolve().name) for column in ("event_id", "name_en", "name_fr")},
            first_day=days[0],
            opening_day=days[1],
            last_day=days[2],
            article=row["article_source_id"],
            headline=headline,
            headline_day=announced.iloc[0] if len(announced) else days[1],
            declaration=row["declaration_id"],
            group=row["default_group"] or (groups[0] if len(groups) else ""),
            contact=row["contact"],
            note=row["note"],
            note_fr=row["note_fr"],
            at_en=row["at_en"] or "at the event",
            at_fr=row["at_fr"] or "à l’événement",
        )

    def __getstate__(self) -> dict[str, object]:
        # what was worked out is worked out again where the ledger goes
        return {**self.__dict__, "kept": {}}

    def filter(self, **values: object) -> Ledger:
        """Keep the pledges that have certain values, and of other tables the rows about them.

        Parameters
        ----------
        **values : str, number, day, or list of these
            By column of ``pledges``: ``money_kind="private"``, ``pledge_id=["mgx-campus", "evroc-mougins"]``; a pledge
            is kept if it has one of the values in every column named.

        Returns
        -------
        Ledger
            Complete in itself: a part whose package is not kept stands alone; overlaps, claims, news, sites, labels and
            names of pledges that are not kept are gone, and so is what ``event`` and ``statements`` say of them; the
            corrections are gone, as all of them have been applied.

        Raises
        ------
        FrameError
            If ``pledges`` has no such column, or no pledge is left.

        >>> mine = ledger.filter(pledger="MGX", group="summit")
        >>> len(mine.pledges), len(mine.claims), set(mine.claims["pledge_id"]) == set(mine.pledges["pledge_id"])
        (1, 18, True)
        """
        pledges = self.pledges
        for column, value in values.items():
            if column not in pledges:
                raise FrameError(f"pledges.csv has no column {column!r}; it has: {', '.join(pledges.columns)}")
            # as they are written: a day is the same as text, as a date and as a time of pandas
            wanted = {written(one) for one in one_or_several(value)}
            pledges = pledges[pledges[column].map(written).isin(wanted)]
        if pledges.empty:
            told = ", ".join(f"{column}={value!r}" for column, value in values.items())
            raise FrameError(f"no pledge has {told}: the selection is empty")
        kept = set(pledges["pledge_id"])
        alone = ~pledges["parent_id"].isin(kept)
        parted = pledges.assign(**{one: pledges[one].mask(alone) for one in pledges if one.startswith("parent_")})
        tables = {name: getattr(self, name) for name in ("labels", "aliases", "overlaps", "claims", "updates", "sites")}
        # a tie names two pledges, and both must be there
        about = {name: frame.filter(like="pledge_").isin(kept).all(axis="columns") for name, frame in tables.items()}
        tables = {name: frame[about[name]].reset_index(drop=True) for name, frame in tables.items()}
        gone = {*self.pledges["pledge_id"], *self.claims["claim_id"]} - kept - set(tables["claims"]["claim_id"])
        links = self.statements["links_to"].str.split(";").explode()
        links = links[~links.isin(gone)].groupby(level=0).agg(lambda ids: ";".join(ids.dropna()))
        return replace(
            self,
            **tables,
            pledges=parted.reset_index(drop=True),
            statements=self.statements.assign(links_to=links.replace("", None)),
            event=self.event.assign(
                headline_pledge_id=self.event["headline_pledge_id"].where(lambda ids: ids.isin(kept)),
                default_group=self.event["default_group"].where(lambda groups: groups.isin(pledges["group"])),
            ),
            # what they put right is right already
            corrections=self.corrections.head(0),
        )

    def names(self, lang: Language = "en") -> pd.Series:
        """Return the short name of each pledge, by ``pledge_id``; the id stands in for a name that is missing."""
        labels, ids = self.labels.set_index("pledge_id")[f"label_{known_language(lang)}"], self.pledges["pledge_id"]
        return labels.reindex(ids).fillna(ids.set_axis(ids))

    def countries(self, lang: Language = "en") -> pd.Series:
        """Return the name of each state and organisation, by ``iso3``."""
        return self.entities.set_index("iso3")["name_fr" if known_language(lang) == "fr" else "entity"]


def load(folder: str | os.PathLike[str] | None = None) -> Ledger:
    """Read and check a folder of tables.

    Parameters
    ----------
    folder : path, optional
        Default: the tables that ship with the package.

    Returns
    -------
    Ledger

    Raises
    ------
    LedgerError
        If `check` finds anything; ``.findings`` is its frame.
    FileError
        If `folder` is not a folder.

    >>> load().pledges.loc[0, "pledge_id"]
    'france-109bn'
    """
    path = _folder(folder)
    if folder is not None:
        return _read(path)
    # who asks for the shipped tables again gets the ledger that is there, with all that was worked out from it
    stamps = ((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(path.iterdir()))
    return _read_once(path, tuple(stamps))


def _read(folder: Path, _: object = None) -> Ledger:
    found, right, rates = _checked(folder, {})
    # the id of a pledge stands in for a name that is missing
    if rates is None or not found["problem"].str.startswith(checks.UNLABELLED).all():
        raise LedgerError(found)
    tables = {name: _typed(rows, name) for name, rows in right.items()}
    described = folder / schema.SCHEMA_FILE
    version = json.loads(files.read_text(described)).get("version", "") if described.exists() else ""
    return Ledger(**tables, rates=rates, folder=folder, version=str(version))


_read_once = lru_cache(maxsize=1)(_read)


def check(folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """Check a folder of tables against the schema and against the rules that no schema can say.

    Parameters
    ----------
    folder : path, optional
        Default: the tables that ship with the package.

    Returns
    -------
    pandas.DataFrame
        One row per defect, none if all is well: ``table``, ``row`` (number in the file, the header is 1; missing if
        the whole table is meant), ``column``, ``value``, ``problem``, ``remedy``. What more than ten rows of a column
        have in common is one defect: its row and value are those of the first, its problem counts the others.

    Raises
    ------
    FileError
        If `folder` is not a folder.

    >>> len(check())
    0
    """
    return _checked(_folder(folder), {})[0]


def _checked(folder: Path, grown: Mapping[str, bytes]) -> tuple[pd.DataFrame, checks.Tables, Rates | None]:
    """Return what is found, the tables with their corrections, and the rates if they can be read.

    By its name a table may be handed in as the file that is to be written.
    """
    own, found = checks.own_words(folder)
    texts, unread = checks.read_texts(folder, grown)
    found += unread
    uneven = {(table, row) for table, row, *_ in found if row is not None}
    try:
        # beside the ECB's rates a folder converts with those of its tables
        rates = (
            Rates.embedded()
            if folder == files.shipped("data")
            else Rates.from_ecb_csv(schema.paths(folder)[RATES_FILE.partition(".")[0]]).beside(
                texts.get("pegs"), texts.get("own_rates")
            )
        )
    except LedgerError as error:
        rates = None
        found += error.findings[checks.COLUMNS].itertuples(index=False, name=None)
    # what a folder lacks is empty: whoever refers to it refers to nothing
    lacking = schema.resources().keys() - schema.paths(folder).keys() - grown.keys()
    texts |= {name: pd.DataFrame(columns=list(schema.fields(name)), dtype="str") for name in lacking}
    right, wrong = checks.corrected(texts)
    slips, aside = checks.in_cells(right, own)
    more = [*wrong, *slips, *checks.findings(right, rates, aside)]
    # of a row with too few or too many cells, what is said about cells is noise
    found += [one for one in more if one[:2] not in uneven]
    return checks.told(found), right, rates


def inventory(folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """List the tables with a digest that changes when any cell does.

    Returns
    -------
    pandas.DataFrame
        ``table``, ``one_row_is``, ``rows``, ``columns``, ``digest`` (first 12 hexadecimal digits of the SHA-256 of
        the text, line ends counted as one character).

    Raises
    ------
    LedgerError
        If a table cannot be read.
    FileError
        If `folder` is not a folder.

    >>> tables = inventory().set_index("table")
    >>> tables.loc[["declarations", "signatures"], ["one_row_is", "rows"]]
                                                       one_row_is  rows
    table
    declarations  one declaration of the event, or of one like it     5
    signatures      one state or organisation and one declaration   239
    """
    folder, rows = _folder(folder), []
    resources = {resource["name"]: resource for resource in schema.package()["resources"]}
    try:
        for name, path in schema.paths(folder).items():
            resource, text = resources[name], files.read_text(path)
            frame = (
                # the rows and columns of a map are its features and their properties
                pd.DataFrame(one["properties"] for one in json.loads(text)["features"])
                if resource["format"] == "geojson"
                else pd.read_csv(
                    io.StringIO(text), dtype="str", index_col=False, usecols=lambda name: not name.startswith("Unnamed")
                ).dropna(how="all")
            )
            one_row_is = re.split(r":|\. |\.$", resource["description"].removeprefix("One row is "))[0]
            digest = hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:12]
            rows.append((name, one_row_is, *frame.shape, digest))
    except (OSError, ValueError) as error:
        raise LedgerError(check(folder)) from error
    return pd.DataFrame(rows, columns=["table", "one_row_is", "rows", "columns", "digest"])


def _folder(folder: str | os.PathLike[str] | None) -> Path:
    path = files.shipped("data") if folder is None else folder
    if not isinstance(path, str | os.PathLike) or not os.path.isdir(path):  # noqa: PTH112 - Path minds long names
        raise FileError(f"{path!s:.300} is not a folder: give the folder that holds the tables")
    return Path(path)


def _typed(texts: pd.DataFrame, table: str) -> pd.DataFrame:
    fields = schema.fields(table)
    days = [name for name, field in fields.items() if field["type"] == "date"]
    frame = pd.read_csv(
        io.StringIO(texts.reindex(columns=[*fields], fill_value="").to_csv(index=False)),
        dtype={name: _DTYPES.get(field["type"], "str") for name, field in fields.items()},
        # only an empty cell is missing: pandas would also take "NA" for it
        keep_default_na=False,
        na_values={name: [""] for name in fields},
        true_values=["yes"],
        false_values=["no"],
    )
    # after reading: an empty table has no day that tells pandas what the column holds
    return frame.assign(**{name: pd.to_datetime(frame[name], format="%Y-%m-%d") for name in days})


def copy_data(folder: str | os.PathLike[str]) -> Path:
    """Copy the shipped tables into a folder of one's own.

    Parameters
    ----------
    folder : path
        Must not exist yet, or be empty.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    FileError
        If there is something in `folder` already: nobody's work is written over.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     mine = copy_data(Path(parent, "mine"))
    ...     print(mine.name, "breaks", len(check(mine)), "rules")
    mine breaks 0 rules
    """
    target = Path(folder)
    with files.new_folder(target) as fresh:
        shutil.copytree(files.shipped("data"), fresh, dirs_exist_ok=True)
    return target


def new_ledger(folder: str | os.PathLike[str], *, lang: Language = "en") -> Path:
    """Make a folder for a ledger about an event of one's own: every table with its header only.

    Parameters
    ----------
    folder : path
        Must not exist yet, or be empty.
    lang : {"en", "fr"}
        Language of ``README.md``, which names the first steps, and of ``example/``, a small filled ledger.

    Returns
    -------
    pathlib.Path
        The folder. The schema, the rates, the states and organisations, and whatever else is no event's own, are in it.

    Raises
    ------
    FileError
        If there is something in `folder` already.
    ChoiceError
        If the language is not one of the two.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     mine = new_ledger(Path(parent, "mine"))
    ...     print(len(check(mine)), len(load(mine).pledges), len(load(mine / "example").pledges))
    0 0 3
    """
    target, lang = Path(folder), known_language(lang)
    common = files.shipped("data")
    contents = {
        one["path"]: (common / one["path"]).read_bytes()
        if one.get("shared")
        else _as_lines(one["name"], [], header=True)
        for one in schema.package()["resources"]
    }
    contents[schema.SCHEMA_FILE] = schema.of_ones_own().encode()
    for table, rows in tomllib.loads(files.read_text(files.TEMPLATES / "new" / "example.toml")).items():
        told = [{name: cell[lang] if isinstance(cell, dict) else cell for name, cell in row.items()} for row in rows]
        contents[f"example/{schema.resources()[table]['path']}"] = _as_lines(table, told, header=True)
    for name, source in {"README.md": f"README.{lang}.md.j2", "explore.ipynb": "explore.ipynb.j2"}.items():
        about = {"lang": lang, "name": shlex.quote(target.resolve().name), "columns": schema.column_dictionary()}
        contents[name] = files.rendered(f"new/{source}", **about).encode()
    with files.new_folder(target) as fresh:
        files.write_all({fresh / path: content for path, content in contents.items()})
    return target


def add_rows(folder: str | os.PathLike[str], **rows: pd.DataFrame | Iterable[Mapping[str, object]]) -> None:
    """Append rows to tables of a copy: all of them if the tables then pass `check`, else none.

    Parameters
    ----------
    folder : path
        A folder that `copy_data` made; never the shipped one.
    **rows : pandas.DataFrame or iterable of mappings
        By table, each row by column: ``claims=[{"claim_id": …}]``. Columns left out stay empty, as do missing values;
        days may be dates or text, amounts numbers.

    Raises
    ------
    LedgerError
        If the new rows break the schema or a rule; ``.findings`` says which, why, and what would be right.
    ChoiceError
        If there is no such table.
    FrameError
        If a table has no such column.
    FileError
        If `folder` is the shipped one, or no folder of tables, or cannot be written, or if a table is saved by somebody
        else meanwhile.

    >>> import tempfile
    >>> page = {"source_id": "town-gazette-20250212", "publisher": "Town Gazette", "published_on": "2025-02-12"}
    >>> page |= {"language": "en", "kind": "news", "read_as": "original", "note": "Invented"}
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     mine = copy_data(Path(parent, "mine"))
    ...     add_rows(mine, sources=[page])
    ...     print((mine / "sources.csv").read_text(encoding="utf-8").splitlines()[-1])
    ...     try:
    ...         add_rows(mine, sources=[page])
    ...     except LedgerError as refused:
    ...         print(refused.findings.loc[0, "problem"])
    town-gazette-20250212,Town Gazette,,,2025-02-12,,en,news,original,,Invented
    key stands twice
    """
    target = _folder(folder)
    if target.resolve() == files.shipped("data").resolve():
        raise FileError("the shipped tables are not written to; make a copy of your own with copy_data(folder)")
    with files.lock(target):
        there, _ = checks.read_texts(target, {})
        old, grown = dict[Path, bytes](), dict[str, bytes]()
        for table, new in rows.items():
            if table not in schema.resources():
                raise ChoiceError("table", table, schema.resources())
            # a folder may lack a table, or share it
            path = schema.paths(target).get(table, target / schema.resources()[table]["path"])
            old[path] = path.read_bytes() if path.exists() else b""
            end = b"" if old[path].endswith(b"\n") or not old[path] else b"\n"
            # nor need it have the columns that came later
            grown[table] = old[path] + end + _as_lines(table, new, there.get(table), header=not old[path])
        before, after = check(target), _checked(target, grown)[0]
        columns = ["table", "column", "value", "problem"]
        caused = after[~after[columns].apply(tuple, axis=1).isin(before[columns].apply(tuple, axis=1))]
        if len(caused):
            raise LedgerError(caused.reset_index(drop=True))
        for path, content in old.items():
            if content != (path.read_bytes() if path.exists() else b""):
                raise FileError(f"{path} was saved again while rows were added: none was; add them once more")
        files.write_all({target / schema.resources()[table]["path"]: content for table, content in grown.items()})


def _as_lines(
    table: str,
    rows: pd.DataFrame | Iterable[Mapping[str, object]],
    columns: Iterable[str] | None = None,
    *,
    header: bool = False,
) -> bytes:
    """Write rows as lines of a table's file, which has these columns or all."""
    # as objects: numbers stay as they were handed in
    frame = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(one_or_several(rows), dtype="object")
    columns = list(schema.fields(table) if columns is None else columns)
    for unknown in frame.columns.difference(columns, sort=False):
        raise FrameError(f"no column {unknown!r} in {table}.csv; it has: {', '.join(columns)}")
    cells = frame.reindex(columns=columns).map(written)
    return str(cells.to_csv(header=header, index=False, lineterminator="\n")).encode()


def written(value: object) -> str:
    """Write one cell the way the tables do: days in ISO form, whole numbers without decimals, yes and no."""
    match value:
        # a list has no single answer, and is written as it is
        case _ if pd.isna(value) is True:
            return ""
        case _ if pd.api.types.is_bool(value):
            return "yes" if value else "no"
        case dt.datetime():
            return f"{value:%Y-%m-%d}"
        case float() if value.is_integer():
            return f"{value:.0f}"
        case _:
            return str(value)
