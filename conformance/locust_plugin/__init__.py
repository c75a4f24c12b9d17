"""The load run: for a load what pytest's plugin and controller are for checks.

`users.py` is the only module that imports locust, which patches the whole process.
"""
