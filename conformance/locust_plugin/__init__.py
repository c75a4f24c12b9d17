"""The root of a load run: what pytest's plugin and controller are to the checks.

`users.py` is the only module that imports locust, which patches the whole process.
"""
