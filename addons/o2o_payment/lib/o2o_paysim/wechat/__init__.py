"""WeChat Pay's half of the simulator."""
