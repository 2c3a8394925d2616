"""`python -m tests.stations`: let the real engine read the stations, and record what it answers."""

from tests.stations.recording import FILE, record

print(f"{record()} pictures read: {FILE}")
