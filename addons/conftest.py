"""What the processes of the Odoo tests share, and what each has for itself."""

import gc
import os
import shutil
from pathlib import Path

import pytest


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
