"""The keys of a gateway by serial, for the days in which two of them are in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from cryptography import x509

from .keys import PublicKey, certificate_key

_ALWAYS_FROM = datetime.min.replace(tzinfo=timezone.utc)
_ALWAYS_TO = datetime.max.replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Entry:
    """One key and from when to when it may verify."""

    serial: str
    key: PublicKey
    valid_from: datetime = _ALWAYS_FROM
    valid_to: datetime = _ALWAYS_TO

    @classmethod
    def of_certificate(cls, serial: str, certificate: x509.Certificate) -> Entry:
        """:raise KeyProblem: the certificate's key does not fit"""
        return cls(
            serial,
            certificate_key(certificate),
            certificate.not_valid_before_utc,
            certificate.not_valid_after_utc,
        )

    def is_valid(self, moment: datetime) -> bool:
        return self.valid_from <= moment <= self.valid_to


class KeySet:
    """An unchangeable set of keys; a rotation makes a new set.

    Keys are looked up by the serial that a message names: during the grey week of a
    rotation old and new take turns, message by message (payments.md §0.7).
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {entry.serial: entry for entry in entries}

    def find(self, serial: str, moment: datetime) -> PublicKey | None:
        """The key of ``serial``, if it is known and valid at ``moment``."""
        entry = self._entries.get(serial)
        return entry.key if entry and entry.is_valid(moment) else None

    def valid(self, moment: datetime) -> list[Entry]:
        """All keys that may verify at ``moment``, the longest valid first."""
        found = [one for one in self._entries.values() if one.is_valid(moment)]
        return sorted(found, key=lambda one: one.valid_to, reverse=True)

    def adding(self, *entries: Entry) -> KeySet:
        """This set with ``entries``; one of the same serial is replaced."""
        return KeySet([*self._entries.values(), *entries])

    def without_expired(self, moment: datetime) -> KeySet:
        return KeySet(one for one in self._entries.values() if moment <= one.valid_to)

    def __contains__(self, serial: str) -> bool:
        return serial in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"KeySet({', '.join(self._entries)})"
