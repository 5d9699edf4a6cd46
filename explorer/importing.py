"""One thread at a time imports `transformers`.

It puts another module in its own place while it is imported, and its names come on first use: who
asks for one while another thread still imports finds it missing.
"""

from threading import RLock

LOCK = RLock()
"""Held by whoever imports it, or builds with names of it that nobody may have used before."""
