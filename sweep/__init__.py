"""The faults that prove it: nothing lost, nothing twice, nobody overruled, nothing outside the plan.

Each case restores a store, lets the functions work in processes of their own while something goes wrong,
calls them until they are idle, and compares what is in the store with a run in which nothing went wrong.
"""
