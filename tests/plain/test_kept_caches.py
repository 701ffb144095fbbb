"""What the Odoo tests keep of Odoo's caches, and what they must not keep."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[2] / "addons"))

from kept_caches import CURSORS, HOOK, NAMES, KeptCaches  # noqa: E402

EMPTIED_BY = {name: (name,) for name in ("default", *NAMES)}
EMPTIED_BY["groups"] = ("groups", "templates")


def compiled():
    """Stands for a cached method; its key holds it in the second place."""


def hook():
    pass


hook.__name__ = HOOK


class Cache(dict):
    @property
    def snapshot(self):
        return dict(self)


class Registry:
    def __init__(self):
        self._Registry__caches = {name: Cache() for name in ("default", *NAMES)}

    def clear_cache(self, *names):
        for name in names or ("default",):
            for cache in EMPTIED_BY[name]:
                self._Registry__caches[cache].clear()

    def clear_all_caches(self):
        for cache in self._Registry__caches.values():
            cache.clear()

    def cursor(self):
        pass

    def _setup_models__(self, _cursor):
        self.clear_all_caches()

    def compute(self, name, value, method=compiled):
        self._Registry__caches[name]["model", method, value] = value

    def values(self, name):
        return set(self._Registry__caches[name].values())


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def kept(registry):
    return KeptCaches(registry, EMPTIED_BY)


def run_test(registry, kept, *acts):
    """As pytest and Odoo's TransactionCase do it: nothing is left but what is kept."""
    kept.before_test()
    for act in acts:
        act()
    registry.clear_all_caches()
    assert not any(registry._Registry__caches.values())


def test_what_a_test_computes_is_there_for_the_next(registry, kept):
    kept.before_class()
    run_test(registry, kept, lambda: registry.compute("templates", "page"))
    kept.before_test()
    assert registry.values("templates") == {"page"}
    kept.before_class()
    assert registry.values("templates") == {"page"}


def test_identifiers_are_not_kept(registry, kept):
    kept.before_class()
    run_test(registry, kept, lambda: registry.compute("default", "o2o.reason"))
    kept.before_test()
    assert registry.values("default") == set()


def test_what_a_test_changed_ends_with_it(registry, kept):
    kept.before_class()
    run_test(registry, kept, lambda: registry.compute("templates", "page"))
    run_test(
        registry,
        kept,
        lambda: registry.clear_cache("groups"),
        lambda: registry.compute("templates", "changed page"),
        lambda: registry.compute("routing", "/shop"),
    )
    kept.before_test()
    assert registry.values("templates") == {"page"}
    assert registry.values("routing") == {"/shop"}


def test_what_a_class_changed_is_for_its_tests_only(registry, kept):
    kept.before_class()
    run_test(registry, kept, lambda: registry.compute("templates", "page"))
    kept.before_class()
    registry.clear_cache("templates")
    registry.compute("templates", "page of the class")
    run_test(registry, kept, lambda: registry.compute("templates", "another"))
    kept.before_test()
    assert registry.values("templates") == {"page of the class", "another"}
    registry.clear_all_caches()
    kept.before_class()
    assert registry.values("templates") == {"page"}


def test_what_a_class_computes_first_is_kept(registry, kept):
    kept.before_class()
    registry.compute("assets", "bundle")
    run_test(registry, kept)
    kept.before_class()
    assert registry.values("assets") == {"bundle"}


def test_what_a_class_may_have_committed_is_not_kept(registry, kept):
    kept.before_class()
    run_test(
        registry,
        kept,
        lambda: registry.compute("templates", "page"),
        lambda: registry.compute("routing", "/shop"),
    )
    kept.before_class()
    for _number in range(CURSORS + 1):
        registry.cursor()
    run_test(registry, kept, lambda: registry.clear_cache("templates"))
    kept.before_class()
    assert registry.values("templates") == set()
    assert registry.values("routing") == {"/shop"}


def test_caches_emptied_by_hand_are_not_read_again(registry, kept):
    kept.before_class()
    run_test(
        registry,
        kept,
        registry.clear_all_caches,
        lambda: registry.compute("assets", "bundle"),
    )
    kept.before_test()
    assert registry.values("assets") == set()


def test_other_fields_end_everything(registry, kept):
    kept.before_class()
    run_test(registry, kept, lambda: registry.compute("stable", "fields"))
    kept.before_test()
    registry._setup_models__("cursor")
    registry.compute("stable", "other fields")
    registry.clear_all_caches()
    kept.before_class()
    assert registry.values("stable") == set()


def test_hook_runs_again_in_each_test(registry, kept):
    kept.before_class()
    run_test(registry, kept, lambda: registry.compute("templates", 1, method=hook))
    kept.before_test()
    assert registry.values("templates") == set()
