"""Exact conversions and conventions; everything inside the core is in base units.

Base units: FLOP, byte, second, watt, USD. A month is a twelfth of a Julian year (30.4375 days).
A fused multiply-add is 2 FLOP. GB is 1e9 bytes, GiB is 2**30 bytes.
"""

SECONDS_PER_MINUTE = 60.0
SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0
DAYS_PER_WEEK = 7.0
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12.0
HOURS_PER_YEAR = DAYS_PER_YEAR * HOURS_PER_DAY
HOURS_PER_MONTH = HOURS_PER_YEAR / 12.0
MONTHS_PER_YEAR = 12.0

BITS_PER_BYTE = 8.0
BYTES_PER_GB = 1e9
BYTES_PER_GIB = 2.0**30

LOW_PROBABILITY = 0.05
HIGH_PROBABILITY = 0.95
"""Ends of the 90 % range that is stated, drawn and printed."""
NORMAL_DEVIATIONS = 1.6448536269514722
"""Standard deviations from the median of a normal variable to the ends of its 90 % range."""

WATTS_PER_KILOWATT = 1000.0
GRAMS_PER_KILOGRAM = 1000.0
TOKENS_PER_BILLION = 1e9
