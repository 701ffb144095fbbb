"""What the processes of the Odoo tests share, and what each has for itself."""

import gc
import os
import re
import shutil
from collections import Counter
from pathlib import Path

import freezegun.api
import hypothesis
import pytest
from kept_caches import KeptCaches

# The tests say how many examples they try where the profile tries a hundred. Which ones
# is the same in each run: more of them belong before a release (./o2o test --deep).
hypothesis.settings.register_profile("ordinary", max_examples=60)
hypothesis.settings.register_profile("deep", max_examples=1000)

#: files whose tests are few and long: a browser, many rounds or many examples
LONG = re.compile(r"_(cost|hoot|lives|machine|parallel|shares|stateful|tour)")


def pytest_configure(config):
    has_odoo = config.pluginmanager.hasplugin("odoo")
    if has_odoo and not config.getoption("--hypothesis-profile"):
        hypothesis.settings.load_profile("ordinary")


def pytest_collection_modifyitems(items):
    """Long files first, the many small ones fill up what the workers have left."""
    if os.environ.get("PYTEST_XDIST_WORKER"):
        tests = Counter(item.path for item in items)
        items.sort(key=lambda it: (not LONG.search(it.path.name), -tests[it.path]))


@pytest.fixture(scope="session", autouse=True)
def own_filestore(request):
    """A copy (hard links) of the files of the test database.

    pytest-odoo lets its workers share one folder, and Odoo deletes after each class
    of tests what its own database does not know: the files of the other worker, a
    bundle that its browser is about to load among them.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if not worker or not request.config.pluginmanager.hasplugin("odoo"):
        yield
        return
    request.getfixturevalue("load_registry")
    from odoo.tools import config

    shared = Path(config.filestore.return_value)
    own = shared.with_name(f"{shared.name}-{worker}")
    shutil.rmtree(own, ignore_errors=True)
    shutil.copytree(shared, own, copy_function=os.link)
    config.filestore.return_value = str(own)
    yield
    shutil.rmtree(own, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def settled_memory(request):
    """Spare the garbage collector what lives as long as the process.

    The registry is millions of objects, and each full collection would walk through
    all of them; that was a tenth of the time of the tests.
    """
    if not request.config.pluginmanager.hasplugin("odoo"):
        return
    request.getfixturevalue("load_registry")
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@pytest.fixture(scope="session", autouse=True)
def caches(request):
    """Odoo's caches, as far as they are kept; None in the plain tests."""
    if not request.config.pluginmanager.hasplugin("odoo"):
        return None
    request.getfixturevalue("load_registry")
    from odoo.modules.registry import Registry
    from odoo.orm.registry import _CACHES_BY_KEY
    from odoo.tests.common import get_db_name

    return KeptCaches(Registry(get_db_name()), _CACHES_BY_KEY)


@pytest.fixture(scope="class", autouse=True)
def caches_of_the_database(caches):
    if caches:
        if allow_several_warehouses():
            caches.forget(caches.caches)
        caches.before_class()


def allow_several_warehouses():
    """Let people see warehouses, as in any database with a second one.

    Each class of tests with a chain of stores makes a second one. Odoo would save its
    settings each time, change a group that everybody has, and with it all templates.

    :return: whether the database was changed; it is, until all but one are archived
    """
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tests.common import get_db_name

    with Registry(get_db_name()).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        everybody = env.ref("base.group_user")
        warehouses = env.ref("stock.group_stock_multi_warehouses")
        if warehouses in everybody.implied_ids:
            return False
        env["res.config.settings"].create(
            {"group_stock_multi_locations": True}
        ).execute()
        everybody._apply_group(warehouses)
    return True


@pytest.fixture(autouse=True)
def caches_of_the_class(caches, caches_of_the_database):
    if caches:
        caches.before_test()


@pytest.fixture(scope="session", autouse=True)
def quick_freezer():
    """Let freezegun see by the number of names whether a module has changed.

    It looks for clocks in all modules each time; listing the names of thousands of
    them was most of the cost of ``freeze_time``.
    """

    def names(module):
        return f"{id(module)}-{len(getattr(module, '__dict__', ()))}"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freezegun.api, "_get_module_attributes_hash", names)
        yield
