"""What a model entry of the catalog says, and how any entry of the catalog is typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from costcheck.catalog.hardware import Source
from costcheck.diagnostics import CostcheckError
from costcheck.text import reader, yaml_text
from costcheck.text.forms import Dimension, Positive
from costcheck.text.quantity import Quantity

if TYPE_CHECKING:
    from costcheck.catalog.files import Found

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class Published:
    """What the developer publishes of the size."""

    parameters: Annotated[Quantity, Dimension("params"), Positive] | None = None
    """Total parameters."""
    active_parameters: Annotated[Quantity, Dimension("params"), Positive] | None = None
    """Parameters a token passes through."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Recipe:
    """How the model was trained."""

    tokens: Annotated[Quantity, Dimension("tokens"), Positive] | None = None
    """Training tokens."""
    sequence_length: Annotated[Quantity, Dimension("integer"), Positive] | None = None
    """Tokens of a training sequence."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Model:
    """A published model."""

    name: str = ""
    """Name for people."""
    aliases: tuple[str, ...] = ()
    """Other names people write."""
    family_aliases: tuple[str, ...] = ()
    """Family names that mean this model unless said otherwise."""
    organisation: str = ""
    """Who trained it."""
    released: str = ""
    """Day it came out."""
    kind: str = ""
    """Dense, mixture of experts ..., in words."""
    note: str = ""
    """Remarks."""
    architecture: dict[str, object] | None = None
    """Shape, in the words of its config.json or in ours."""
    published: Published | None = None
    """Size as published; the architecture, where there is one, is counted instead."""
    training: Recipe | None = None
    """What is known of its training."""
    sources: tuple[Source, ...] = ()
    """Where the numbers come from."""


def typed_entry(found: Found, into: type[T]) -> T:
    """Type a catalog file; what nothing reads is refused, an overlay's too."""
    document = yaml_text.parse(found.text, found.path)
    read: reader.Read[Any] = reader.read(document, (), into, origin="catalog")
    problems = [*document.diagnostics, *read.diagnostics]
    if read.value is None or any(item.severity == "error" for item in problems):
        raise CostcheckError(problems)
    value: T = read.value
    return value
