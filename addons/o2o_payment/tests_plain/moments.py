"""When the simulators of these tests begin."""

from datetime import datetime, timezone

#: noon in Beijing, and five seconds
NOW = datetime(2026, 11, 27, 4, 0, 5, tzinfo=timezone.utc)
