# Odoo's official image plus our addons, the Python packages they need beyond it, and
# the parts of the runner that prepare a database (docs/production.md).
FROM odoo:19.0

USER root

# versions and hashes come from the one lock file of the repository
COPY requirements/runtime.txt config/container/packages.txt config/container/pick_locked.py /tmp/lock/
RUN python3 /tmp/lock/pick_locked.py /tmp/lock/runtime.txt /tmp/lock/packages.txt > /tmp/lock/picked.txt \
    && pip3 install --break-system-packages --no-cache-dir --no-deps --require-hashes -r /tmp/lock/picked.txt \
    && rm -r /tmp/lock

# a first mount of the named volumes takes owner and rights from here: nginx reads the
# filestore, nobody but Odoo the sessions
RUN install -d -o odoo -g odoo -m 0755 /var/lib/odoo/filestore /var/lib/o2o-box

# not /mnt/extra-addons: the base image declares a volume there, and compose carries
# an anonymous volume, old addons included, over to the next container
COPY addons /opt/o2o/addons
COPY tools/o2o_cli /opt/o2o/tools/o2o_cli
COPY config/container/prepare.py config/container/listen.py /opt/o2o/
COPY config/odoo.conf /etc/odoo/odoo.conf
ENV ODOO_ADDONS_PATH=/opt/o2o/addons

USER odoo
