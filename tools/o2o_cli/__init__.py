"""The runner behind ./o2o. Standard library only; Python 3.10 to 3.13."""
