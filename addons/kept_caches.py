"""What Odoo's caches hold of the database, kept from one test to the next.

After each test Odoo empties all caches, and the next one compiles the same templates,
collects the same files of bundles and builds the same map of routes again.

A cached value is right until Odoo invalidates its cache. What a test computes without
an invalidation is therefore right for the database as it was before that test and is
again after it. After an invalidation in ``setUpClass`` it is right for the tests of
that class only, after one in a test for nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: Caches found by what is not given again: ids, and names of files, code and settings.
#: "default" is left out: it knows XML IDs, which a test gives as the last one did.
NAMES = ("assets", "groups", "routing", "stable", "templates")
#: no value: it empties a cache of the cursor when "templates" has been emptied
HOOK = "_clear_preload_views_cache_if_needed"
#: a class has one of its own, one looks for unused files, one prepares the next class
#: (conftest.py); another one is there to commit
CURSORS = 3

Entries = dict[str, dict[Any, Any]]


class KeptCaches:
    """Stands before the methods of a registry that empty its caches."""

    def __init__(self, registry: Any, emptied_by: dict[str, tuple[str, ...]]) -> None:
        """:param emptied_by: by name of an invalidation the caches that it empties"""
        self.caches = {name: registry._Registry__caches[name] for name in NAMES}
        self.of_database: Entries = {name: {} for name in NAMES}
        self.kept = self.of_database
        self.invalidated: set[str] = set()
        self.in_set_up_class = False
        # what a class may have committed
        self.cursors = 0
        self.invalidated_in_class: set[str] = set()
        odoo = type(registry)

        def cursor(*args: Any, **options: Any) -> Any:
            self.cursors += 1
            return odoo.cursor(registry, *args, **options)

        def clear_cache(*names: str) -> None:
            for name in names:
                self.invalidated.update(emptied_by[name])
                self.invalidated_in_class.update(emptied_by[name])
            odoo.clear_cache(registry, *names)

        def clear_all_caches() -> None:
            # Odoo does so when it has undone a test: the last moment to look
            self._keep()
            self.invalidated.update(NAMES)
            odoo.clear_all_caches(registry)

        def setup_models(*args: Any) -> None:
            # other fields: nothing of before is right any more
            self.forget(NAMES)
            self.invalidated.update(NAMES)
            odoo._setup_models__(registry, *args)

        registry.cursor = cursor
        registry.clear_cache = clear_cache
        registry.clear_all_caches = clear_all_caches
        registry._setup_models__ = setup_models

    def before_class(self) -> None:
        """The database is as it was before the tests, but for what was committed."""
        self.kept = self.of_database
        if self.cursors > CURSORS:
            self.forget(self.invalidated_in_class)
        self.cursors = 0
        self.invalidated_in_class = set()
        self.in_set_up_class = True
        self._fill()

    def before_test(self) -> None:
        """The database is as each test of the class finds it."""
        if not self.in_set_up_class:
            self._fill()
            return
        self.in_set_up_class = False
        self.kept = {
            name: {} if name in self.invalidated else entries
            for name, entries in self.of_database.items()
        }
        self.invalidated.clear()
        self._keep()

    def forget(self, names: Iterable[str]) -> None:
        """Other values of these caches were committed."""
        for name in names:
            if name in self.caches:
                self.of_database[name].clear()
                self.kept[name].clear()

    def _keep(self) -> None:
        for name in self.caches.keys() - self.invalidated:
            entries = self.kept[name]
            entries.clear()
            entries.update(self.caches[name].snapshot)
            for key in [key for key in entries if key[1].__name__ == HOOK]:
                del entries[key]

    def _fill(self) -> None:
        self.invalidated.clear()
        for name, cache in self.caches.items():
            cache.clear()
            cache.update(self.kept[name])
