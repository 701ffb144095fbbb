"""Shows that the test of a feature fails without its code; loaded by ./o2o proof only.

The tables are in ``tests/proof``: for each feature what is taken away, and the test
that has to fail without it. docs/proof.md says how to write them.
"""
