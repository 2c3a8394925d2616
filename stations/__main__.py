"""`python -m stations`: let the real engine read the stations, and record what it answers."""

from stations.recording import FILE, record

print(f"{record()} pictures read: {FILE}")
