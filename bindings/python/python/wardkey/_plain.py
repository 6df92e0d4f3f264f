"""What stands for a Python value in a context: a text, a number, a truth value, a list or a dict.

The native module takes plain values as they are, and asks here about all others. What cannot be taken is :class:`Unusable`, whose
message follows the attribute's name.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

__all__ = ["ABSENT", "UNKNOWN", "PartialSet", "Statement", "Unusable", "plain", "plain_object"]


class Statement(Enum):
    """What can be said of an attribute other than its value."""

    ABSENT = "absent"
    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        return f"wardkey.{self.name}"


ABSENT: Final = Statement.ABSENT
"""It is known that the attribute has no value."""

UNKNOWN: Final = Statement.UNKNOWN
"""Nobody knows the value. Unlike an attribute left out (``None``), no default steps in."""


@dataclass(frozen=True)
class PartialSet:
    """A set of which not everything is known.

    >>> import wardkey
    >>> policy = wardkey.parse("certificates has laser -> allow Laser")
    >>> policy.decide({"certificates": wardkey.PartialSet(has=["laser"], others=True)}, "Laser").is_allowed
    True
    >>> policy.decide({"certificates": wardkey.PartialSet(others=True)}, "Laser").missing
    ('certificates',)
    """

    has: Iterable[Any] = ()
    """Certainly in it; kept as a tuple."""
    may_have: Iterable[Any] = ()
    """Perhaps in it; kept as a tuple."""
    others: bool = False
    """Whether anything else may be in it."""

    def __post_init__(self) -> None:
        for name in ("has", "may_have"):
            members = getattr(self, name)
            # a text is one member, and no set of letters
            if isinstance(members, (str, bytes, bytearray, Mapping)) or not isinstance(members, Iterable):
                raise TypeError(f"`{name}` has several members, such as a list, not {_name(members)}")
            object.__setattr__(self, name, tuple(members))


class Unusable(ValueError):
    """A value that cannot be taken."""

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message)
        self.help = help


_AS_TEXT = (
    UUID,
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
)


def plain(value: Any) -> Any:
    """The plain value that stands for another; its parts need not be plain."""
    if isinstance(value, Statement):
        return {"$": value.value}
    if isinstance(value, PartialSet):
        return {"$": "set", "has": value.has, "may_have": value.may_have, "others": value.others}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (date, time, timedelta)):
        return _of_time(value)
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise Unusable(
                f"`{value}` is not a number that a policy can compare",
                "leave the attribute out if its value is not known",
            )
        return str(value)
    if isinstance(value, _AS_TEXT):
        return str(value)
    if hasattr(type(value), "__pydantic_root_model__") and type(value).__pydantic_root_model__:
        return value.root
    members = _members(value)
    if members is not None:
        return members
    if isinstance(value, (bytes, bytearray, memoryview)):
        raise Unusable("bytes are not a value", "decode them to a text")
    if isinstance(value, Set):
        return list(value)
    return _of_arrays(value)


def plain_object(value: Any) -> dict[Any, Any]:
    """The dict that stands for a whole context."""
    if isinstance(value, tuple) and hasattr(type(value), "_asdict"):  # pyright: ignore
        value = value._asdict()  # type: ignore[attr-defined]  # pyright: ignore
    members = _members(value)
    if members is None:
        raise Unusable(
            f"a context has a value for each attribute, and {_name(value)} has not",
            "give a dict, a dataclass, a model, or keyword arguments",
        )
    return members


def _name(value: Any) -> str:
    return type(value).__qualname__


def _members(value: Any) -> dict[Any, Any] | None:
    """The members of a mapping, a dataclass, a pydantic model or an attrs class."""
    if isinstance(value, type):
        return None
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    kind: Any = type(value)
    for name, mark in (("model_dump", "model_fields"), ("dict", "__fields__")):
        if hasattr(kind, mark) and hasattr(kind, name):
            dumped = getattr(kind, name)(value)
            return dict(dumped) if isinstance(dumped, Mapping) else None
    attributes = getattr(kind, "__attrs_attrs__", None)
    if attributes is not None:
        return {attribute.name: getattr(value, attribute.name) for attribute in attributes}
    return None


def _of_time(value: date | time | timedelta) -> str | None:
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, datetime):
        if value != value:  # a missing instant of pandas
            return None
        if value.utcoffset() is None:
            raise Unusable("the datetime has no time zone", "give it one, such as `datetime.now(timezone.utc)`")
    elif isinstance(value, time) and value.tzinfo is not None:
        raise Unusable("a time of day has no time zone here", "give it without `tzinfo`, as the clock on the wall shows it")
    return value.isoformat()


def _duration(value: timedelta) -> str | None:
    if value != value:
        return None
    if value < timedelta(0):
        raise Unusable("a duration is not negative", "give the length without its direction")
    if value.microseconds:
        raise Unusable("a duration has whole seconds", "round it: `timedelta(seconds=round(value.total_seconds()))`")
    return f"{value.days * 86_400 + value.seconds}s"


def _of_arrays(value: Any) -> Any:
    """Scalars and arrays of numpy and its like, and what pandas has for a missing value."""
    if type(value).__name__ == "NAType":
        return None
    if hasattr(value, "dtype") and callable(getattr(value, "tolist", None)):
        listed = value.tolist()
        if type(listed) is not type(value):
            return listed
    raise Unusable(
        f"{_name(value)} is not a value that a policy can compare",
        "give a text, a number, a truth value, a date, a time, a datetime, a set or an object of these",
    )
