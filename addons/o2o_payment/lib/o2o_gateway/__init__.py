"""Clients of payment gateways in plain Python: no Odoo, no payment SDK.

``outcome`` (three values), ``results`` (what gateways say), ``gateway`` (what they can
do), ``money``, ``clock``, ``order_numbers``, ``secret``, ``keys``, ``keyset`` and
``transport`` are shared; each gateway is a package beside them.
"""
