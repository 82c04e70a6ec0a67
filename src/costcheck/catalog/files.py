"""The bundled data files and a user's overlays: look a name up, read a text, say what is near.

A name is found without parsing any YAML: the few lines that name a part are read as text, first in
the files whose own name holds the model, then in all. The reader of the caller parses the one file
that was found.
"""
# ruff: noqa: PTH100, PTH112, PTH113, PTH123, PTH208
# os.path instead of pathlib: importing pathlib costs 6 ms, a tenth of the whole start-up budget.

from __future__ import annotations

import os
import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from costcheck.diagnostics import CostcheckError, Diagnostic, Place, near_names, refusal
from costcheck.text.part_names import PartName, PartWords, covers, memory_is_exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from costcheck.text.part_pattern import PartPattern

Kind = Literal["gpus", "models"]

_SQUEEZE = re.compile(r"[^a-z0-9.]+|(?<!\d)\.|\.(?!\d)")
_ITEM = re.compile(r'\s*(?:"([^"]*)"|\'([^\']*)\'|([^,\[\]]+))')
_LOOKALIKES = str.maketrans("ol", "01")
_NEAR = 5
_OTHERS = 3
_PROBE = 3
"""Letters of a model that must occur in the naming lines before they are taken apart."""


class Found(NamedTuple):
    """The one catalog file a name stands for."""

    id: str
    path: str
    """As reports show it; ``configs/...`` for a shipped file."""
    text: str
    assumption: str = ""
    """What was assumed to pick this file; empty when the name says it all."""

    def document(self) -> Any:
        """Content of the file."""
        return read_yaml(self.text, self.path)


class _Entry(NamedTuple):
    """A catalog file and where it lies; entries of overlays come first."""

    id: str
    path: str


class _Part(NamedTuple):
    """A file with the lines that name it."""

    entry: _Entry
    text: str
    title: str
    aliases: tuple[str, ...]
    family_aliases: tuple[str, ...]

    @property
    def spellings(self) -> str:
        """All spellings as one text."""
        return " ".join((self.title, *self.aliases, *self.family_aliases))


def bundled_folder() -> str:
    """Return the folder of the shipped data: in the wheel, or configs/ of a checkout."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    packaged = os.path.join(package, "_configs")
    if os.path.isdir(packaged):
        return packaged
    return os.path.join(os.path.dirname(os.path.dirname(package)), "configs")


class Catalog:
    """The data files a scenario may name, under overlays, the last one on top.

    Each overlay may hold ``gpus/``, ``models/`` and ``prices/``; a file of the same name replaces
    ours, but the rows of a file of prices come on top of ours.
    """

    def __init__(self, overlays: Sequence[str | os.PathLike[str]] = ()) -> None:
        self._bundled = bundled_folder()
        self._folders = [*(os.fspath(path) for path in reversed(overlays)), self._bundled]
        for folder in self._folders[:-1]:
            if not os.path.isdir(folder):
                advice = "--catalog takes a folder with gpus/, models/ or prices/ in it"
                message = f"the catalog folder {folder} does not exist"
                raise refusal("CC120", message, Place(folder), advice)
        self._listings: dict[str, dict[str, _Entry]] = {}
        self._documents: dict[tuple[str, bool], dict[str, Any]] = {}
        strays = [
            stray
            for folder in self._folders[:-1]
            for stray in (*self._stray_folders(folder), *self._stray_prices(folder))
        ]
        if strays:
            raise CostcheckError(strays)

    @property
    def overlays(self) -> tuple[str, ...]:
        """The folders laid over the shipped data, the one that wins first."""
        return tuple(self._folders[:-1])

    def names(self, kind: Kind) -> list[str]:
        """Return the identifiers of all files of a kind, sorted."""
        return sorted(self._listing(kind))

    def find(self, kind: Kind, name: str) -> Found | None:
        """Return the file a written name stands for, or None when it is unknown or ambiguous."""
        entry = self._listing(kind).get(name.strip().lower())
        if entry is not None:
            found: Found | None = Found(entry.id, entry.path, _read(entry.path))
        else:
            found = self._find_gpu(name) if kind == "gpus" else self._find_model(name)
        return found and found._replace(path=self._label(found.path))

    def _label(self, path: str) -> str:
        """Return a path as reports show it: that of a shipped file is the same everywhere."""
        shipped = path.startswith(self._bundled + os.sep)
        return f"configs{path[len(self._bundled) :]}".replace(os.sep, "/") if shipped else path

    def near(self, kind: Kind, name: str) -> list[str]:
        """Return identifiers that look like a name, the likeliest first."""
        wanted = _squeeze(name)
        if kind == "gpus":
            model = self.part_words.read(name).model
            same = [e.id for e in self._listing(kind).values() if model and model in _squeeze(e.id)]
            if same:
                same.sort(key=lambda each: (not _squeeze(each).startswith(model), each))
                return same[: 2 * _NEAR]
        spelled = {
            _squeeze(spelling).translate(_LOOKALIKES): part.entry.id
            for part in self._parts(kind)
            for spelling in (part.entry.id, part.title, *part.aliases, *part.family_aliases)
        }
        close = near_names(wanted.translate(_LOOKALIKES), spelled, 2 * _NEAR)
        return list(dict.fromkeys(spelled[match] for match in close))[:_NEAR]

    def text(self, relative: str) -> str:
        """Return the text of a data file such as ``energy/power.yaml``; overlays win."""
        return _read(self.path(relative))

    def path(self, relative: str) -> str:
        """Return the place of a data file; the shipped one where no overlay has it."""
        for folder in self._folders:
            path = os.path.join(folder, relative)
            if os.path.isfile(path):
                return path
        raise FileNotFoundError(f"the catalog has no file {relative}")

    def document(self, relative: str, *, as_text: bool = False) -> dict[str, Any]:
        """Content of a YAML file, read once; every scalar stays text where the caller types it."""
        key = (relative, as_text)
        if key not in self._documents:
            path = self.path(relative)
            self._documents[key] = read_yaml(_read(path), self._label(path), as_text=as_text)
        return self._documents[key]

    def rows(self, relative: str) -> list[dict[str, str]]:
        """Rows of a table by the names in its first line."""
        from csv import DictReader

        return list(DictReader(self.text(relative).splitlines()))

    def layers(self, names: Sequence[str]) -> Iterator[tuple[str, bool, list[dict[str, str]]]]:
        """Yield the first of the named tables of every folder: its place, if overlaid, its rows.

        Prices of an overlay come on top of ours; they do not take ours away.
        """
        from csv import DictReader

        for folder in self._folders:
            paths = (os.path.join(folder, name) for name in names)
            path = next(filter(os.path.isfile, paths), None)
            if path is not None:
                rows = list(DictReader(_read(path).splitlines()))
                yield path, folder != self._bundled, rows

    def overlaid_prices(self) -> list[str]:
        """Return the price files of the overlays, as ``prices/h100.csv``."""
        names = (name for folder in self.overlays for name in _all_files(folder))
        return [name for name in names if name.startswith("prices/") and name.endswith(".csv")]

    def has(self, relative: str) -> bool:
        """Say whether the catalog has a data file."""
        return any(os.path.isfile(os.path.join(folder, relative)) for folder in self._folders)

    @cached_property
    def part_words(self) -> PartWords:
        """The words in names of accelerators that are no part's own."""
        text = self.text("part-names.yaml")
        return PartWords({key: _flow_items(line_value(text, key)) for key in PartWords.KEYS})

    def part_pattern(self, text: str | None = None) -> str:
        """Return a pattern of the names of all accelerators, or of those in a text."""
        return self._part_pattern.of(text)

    @cached_property
    def _part_pattern(self) -> PartPattern:
        """Every name of every accelerator: as it is printed, and its aliases."""
        from costcheck.text.part_pattern import PartPattern

        parts = self._parts("gpus")
        names = (name for p in parts for name in (p.title, *p.aliases, *p.family_aliases))
        return PartPattern(names, self.document("part-names.yaml"))

    @cached_property
    def date(self) -> str:
        """The newest date of the shipped data, as ``YYYY-MM-DD``."""
        return line_value(_read(os.path.join(self._bundled, "catalog.yaml")), "date")

    @cached_property
    def sha256(self) -> str:
        """The fingerprint of all data files, shipped and overlaid: their names and contents."""
        import hashlib

        digest = hashlib.sha256()
        for folder in reversed(self._folders):
            for relative in _all_files(folder):
                digest.update(relative.encode() + b"\0")
                digest.update(_read(os.path.join(folder, relative)).encode() + b"\0")
        return digest.hexdigest()

    def _stray_folders(self, folder: str) -> Iterator[Diagnostic]:
        """Notice folders of data that no catalog has: nothing would ever read them."""
        known = {name.split("/")[0] for name in _all_files(self._bundled) if "/" in name}
        strange = {name.split("/")[0] for name in _all_files(folder) if "/" in name} - known
        for name in sorted(each for each in strange if not each.startswith(".")):
            near = near_names(name, sorted(known))
            yield Diagnostic(
                code="CC123",
                severity="error",
                message=f"a catalog has no folder {name!r}, so nothing reads it",
                place=Place(os.path.join(folder, name)),
                help=f"did you mean {' or '.join(near)}?" if near else f"it has {sorted(known)}",
            )

    def _stray_prices(self, folder: str) -> Iterator[Diagnostic]:
        """Notice price files of no part: nothing would ever read them."""
        place = os.path.join(folder, "prices")
        names = sorted(os.listdir(place)) if os.path.isdir(place) else []
        shipped = set(os.listdir(os.path.join(self._bundled, "prices")))
        for name in names:
            stem, ending = os.path.splitext(name)
            known = self._listing("gpus")
            named = any(part == stem or part.startswith(f"{stem}-") for part in known)
            if ending == ".csv" and name not in shipped and not named:
                yield _stray_price(os.path.join(place, name), stem, known)

    def _listing(self, kind: str) -> dict[str, _Entry]:
        """Return the files of a kind by identifier, those of overlays first."""
        if kind not in self._listings:
            entries: dict[str, _Entry] = {}
            for folder in self._folders:
                place = os.path.join(folder, kind)
                for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
                    if name.endswith(".yaml"):
                        entry = _Entry(name[: -len(".yaml")], os.path.join(place, name))
                        entries.setdefault(entry.id.lower(), entry)
            self._listings[kind] = entries
        return self._listings[kind]

    def _parts(self, kind: str, model: str = "") -> Iterator[_Part]:
        for entry in self._listing(kind).values():
            if model in _squeeze(entry.id):
                yield _read_part(entry)

    def _find_gpu(self, name: str) -> Found | None:
        for spelling in dict.fromkeys((name.lower(), self.part_words.relaxed(name))):
            query = self.part_words.read(spelling)
            fragments = dict.fromkeys((query.model, self.part_words.first_word(spelling), ""))
            for fragment in fragments if query.model else ():
                found = _pick_part(
                    name.strip(), query, self._parts("gpus", fragment), self.part_words
                )
                if found:
                    return found
        return None

    def _find_model(self, name: str) -> Found | None:
        found = self._named_model(name)
        if found is not None:
            return found
        plain = self._without_variant(name)
        found = self._named_model(plain) if plain != name else None
        found = found or self._derived_model(plain)
        if found is None:
            return None
        said = f"{name.strip()} is taken as {line_value(found.text, 'name') or found.id}, whose "
        return found._replace(assumption=f"{said}architecture its tuned and packed forms share")

    def _without_variant(self, name: str) -> str:
        """Return the name of a model without the words for its tuned and packed forms."""
        words = self.document("catalog.yaml")["model_variants"]
        first, *rest = name.strip().rsplit("/", 1)[-1].lower().replace("_", "-").split("-")
        return "-".join([first, *(word for word in rest if not re.fullmatch(words, word))])

    def _derived_model(self, plain: str) -> Found | None:
        """Return the model from which one of this name was trained further."""
        for pattern, base in self.document("catalog.yaml")["derived_models"].items():
            if match := re.fullmatch(pattern, plain):
                return self._named_model(match.expand(base))
        return None

    def _named_model(self, name: str) -> Found | None:
        wanted = _squeeze(name.rsplit("/", 1)[-1])
        if not wanted:
            return None
        for part in self._parts("models", wanted):
            if wanted in {_squeeze(part.entry.id), _squeeze(part.title)}:
                return Found(part.entry.id, part.entry.path, part.text)
        families: list[_Part] = []
        for part in self._parts("models"):
            if wanted in map(_squeeze, (part.title, *part.aliases)):
                return Found(part.entry.id, part.entry.path, part.text)
            if wanted in map(_squeeze, part.family_aliases):
                families.append(part)
        if len(families) != 1:
            return None
        return _assumed(families[0], f"{name.strip()} is taken as {families[0].title}")


def catalog_of(folders: Sequence[str | os.PathLike[str]] | None = None) -> Catalog:
    """The shipped data under the overlays of some folders; without any it is read once for all."""
    return Catalog(folders) if folders else _shipped()


@lru_cache(maxsize=1)
def _shipped() -> Catalog:
    return Catalog()


@lru_cache(maxsize=512)
def read_yaml(text: str, file: str, *, as_text: bool = False) -> Any:
    """Content of a YAML text, the fast way, shared by all who ask; mistakes have their place."""
    import yaml

    quick = getattr(yaml, "CBaseLoader" if as_text else "CSafeLoader", None)
    try:
        return yaml.load(text, Loader=quick or (yaml.BaseLoader if as_text else yaml.SafeLoader))  # noqa: S506
    except yaml.YAMLError as error:
        from costcheck.text import yaml_text

        problems = yaml_text.parse(text, file).diagnostics
        unread = Diagnostic("CC001", "error", str(error), Place(file))
        raise CostcheckError(problems or [unread]) from error


def line_value(text: str, key: str) -> str:
    """Return the rest of the line of a top-level key of a YAML text; empty when absent."""
    start = 0 if text.startswith(f"{key}: ") else text.find(f"\n{key}: ") + 1
    if start == 0 and not text.startswith(f"{key}: "):
        return ""
    end = text.find("\n", start)
    return text[start + len(key) + 2 : end if end >= 0 else len(text)].strip()


def _pick_part(
    name: str, query: PartName, parts: Iterator[_Part], words: PartWords
) -> Found | None:
    """Choose among parts: a name of its own, else the only one that fits, else the family's."""
    fitting: list[tuple[_Part, PartName]] = []
    families: list[_Part] = []
    for part in parts:
        if query.model[:_PROBE] not in _squeeze(part.spellings):
            continue
        if any(words.read(alias) == query for alias in part.aliases):
            return Found(part.entry.id, part.entry.path, part.text)
        own = _own_name(part, words)
        if _any_agrees(query, own, part.aliases, words):
            fitting.append((part, own))
        if _any_agrees(query, own, part.family_aliases, words):
            families.append(part)
    exact = [pair for pair in fitting if memory_is_exact(query, pair[1])]
    choice = exact or fitting
    if len(choice) == 1 and exact:
        part = choice[0][0]
        return Found(part.entry.id, part.entry.path, part.text)
    if len(choice) == 1:
        part = choice[0][0]
        return _assumed(part, f"{name} is taken as {part.title}, the nearest memory size")
    return _pick_family(name, query, [part for part, _ in choice] or families, words)


def _any_agrees(query: PartName, own: PartName, others: tuple[str, ...], words: PartWords) -> bool:
    """Say whether a query fits a part under its own model name or under another one."""
    models = (own.model, *(words.read(other).model for other in others))
    return any(words.agrees(query, own._replace(model=model)) for model in models)


def _pick_family(name: str, query: PartName, parts: list[_Part], words: PartWords) -> Found | None:
    """Choose the usual part of a family by the longest family name that fits the query."""
    ranked = [
        (len(alias), part)
        for part in parts
        for alias in part.family_aliases
        if covers(words.read(alias), query)
    ]
    if not ranked:
        return None
    _, usual = max(ranked, key=lambda pair: pair[0])
    others = [part.title for part in parts if part is not usual]
    more = f" or {len(others) - _OTHERS} more" if len(others) > _OTHERS else ""
    apart = f", not {', '.join(others[:_OTHERS])}{more}" if others else ""
    return _assumed(usual, f"{name} is taken as {usual.title}{apart}")


def _assumed(part: _Part, assumption: str) -> Found:
    return Found(part.entry.id, part.entry.path, part.text, assumption)


def _own_name(part: _Part, words: PartWords) -> PartName:
    """Return the parsed title of a part, with the memory its file states."""
    own = words.read(part.title or part.entry.id)
    if own.memory_gb:
        return own
    number = re.match(r"[\d.]+", line_value(part.text, "memory"))
    return own._replace(memory_gb=(float(number[0]),)) if number else own


def _read_part(entry: _Entry) -> _Part:
    text = _read(entry.path)
    written = {key: line_value(text, key) for key in ("name", "aliases", "family_aliases")}
    # Flow lists of one line are read as text; all else a file may write is YAML for the parser.
    simple = all(written[key] or f"\n{key}:" not in text for key in written)
    if simple and all(_is_flow(written[key]) for key in ("aliases", "family_aliases")):
        title = written["name"].strip("'\"")
        aliases, families = (_flow_items(written[key]) for key in ("aliases", "family_aliases"))
    else:
        data = read_yaml(text, entry.path, as_text=True)
        data = data if isinstance(data, dict) else {}
        title = str(data.get("name") or "")
        aliases, families = (_listed(data.get(key)) for key in ("aliases", "family_aliases"))
    return _Part(entry=entry, text=text, title=title, aliases=aliases, family_aliases=families)


def _is_flow(line: str) -> bool:
    return not line or (line[0] == "[" and line[-1] == "]")


def _listed(names: object) -> tuple[str, ...]:
    if isinstance(names, list):
        return tuple(str(name) for name in names)
    return (str(names),) if names else ()


def _flow_items(line: str) -> tuple[str, ...]:
    """Read the items of a one-line flow list such as ``[H100, "a, b"]``."""
    items = (a or b or c.strip() for a, b, c in _ITEM.findall(line[1:-1]))
    return tuple(item for item in items if item)


def spelled(software: str) -> str:
    """The name of training software as the data files spell it."""
    return software.strip().lower().replace(" ", "-").replace("_", "-")


def _squeeze(name: str) -> str:
    return _SQUEEZE.sub("", name.lower())


def _read(path: str) -> str:
    with open(path, "rb", buffering=0) as file:
        return file.read().decode("utf-8-sig").replace("\r\n", "\n")


def _all_files(folder: str) -> list[str]:
    """Return the data files under a folder, relative and sorted, with forward slashes."""
    return sorted(
        os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
        for place, _, names in os.walk(folder)
        for name in names
        if name.endswith((".yaml", ".csv"))
    )


def _stray_price(path: str, stem: str, parts: Iterable[str]) -> Diagnostic:
    words = [part.split("-") for part in parts]
    families = {"-".join(word[:end]) for word in words for end in range(1, len(word) + 1)}
    near = " or ".join(near_names(stem, sorted(families)))
    return Diagnostic(
        code="CC122",
        severity="error",
        message=f"no part is called {stem!r}, so nothing reads this price file",
        place=Place(path),
        help=f"did you mean {near}?" if near else "name it after a part, or after its family",
    )
