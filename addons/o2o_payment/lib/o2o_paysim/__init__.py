"""A simulator of payment gateways, for tests and demonstrations (payments.md §2.5).

Real HTTP on a free port, own ledger, own keys made at start, a payer's page for a
phone, bills made from the ledger, and faults on demand. Each gateway is a module
(:class:`~.module.Module`); it shares no code with its client beyond
keys, money and time.
"""

from .simulator import Simulator
