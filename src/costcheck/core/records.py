"""Frozen dataclasses that cost nothing to define.

`dataclasses.dataclass` compiles up to six methods for each class. For some sixty classes that is a
fifth of a short command's time, so a `record` keeps the standard fields (`fields`, `replace` and
`is_dataclass` work) and shares one hand-written copy of the methods instead.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make a class a frozen, keyword-only dataclass.

    Parameters
    ----------
    cls : type
        Class with annotated fields.

    Returns
    -------
    type
        The same class. Instances compare by identity unless the class defines ``__eq__``.
    """
    made = dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)
    for name, method in _SHARED.items():
        setattr(made, name, method)
    return made


def _init(self: Any, **values: Any) -> None:
    store = object.__setattr__
    for item in fields(self):
        if item.name in values:
            store(self, item.name, values.pop(item.name))
        elif item.default is not MISSING:
            store(self, item.name, item.default)
        elif item.default_factory is not MISSING:
            store(self, item.name, item.default_factory())
        else:
            raise TypeError(f"{type(self).__name__} needs {item.name!r}")
    if values:
        raise TypeError(f"{type(self).__name__} has no {', '.join(map(repr, values))}")
    check = getattr(self, "__post_init__", None)
    if check is not None:
        check()


def _repr(self: Any) -> str:
    shown = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self))
    return f"{type(self).__name__}({shown})"


def _refuse(self: Any, name: str, value: Any = None) -> None:
    raise FrozenInstanceError(f"cannot change {name!r}")


_SHARED = {
    "__init__": _init,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}
