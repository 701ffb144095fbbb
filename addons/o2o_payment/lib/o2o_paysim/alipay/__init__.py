"""Alipay's half of the simulator."""
