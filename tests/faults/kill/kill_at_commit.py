#!/usr/bin/env python3
"""Kills a process as soon as a file of its store grows, or a little later: around a commit, between
what is on disk and what has been answered. Says when it watches. Gives up after some seconds and
kills all the same.

usage: kill_at_commit.py PID FILE MICROSECONDS_LATER
"""
import os
import signal
import sys
import time


def stamp(path):
    try:
        found = os.stat(path)
        return found.st_size, found.st_mtime_ns
    except FileNotFoundError:
        return None


pid, path, later = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
before = stamp(path)
print("watching", flush=True)
until = time.monotonic() + 3
while stamp(path) == before and time.monotonic() < until:
    pass
until = time.monotonic() + later / 1e6
while time.monotonic() < until:
    pass
os.kill(pid, signal.SIGKILL)
