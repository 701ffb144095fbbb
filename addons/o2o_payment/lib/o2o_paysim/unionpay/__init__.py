"""UnionPay's half of the simulator."""
