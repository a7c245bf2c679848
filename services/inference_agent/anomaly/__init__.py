"""What was taught from good parts: how odd a part looks, from a backbone's features and a state. Numpy alone.

The same functions score parts while a station is taught and while it runs, so that a threshold means the same in both.
"""
