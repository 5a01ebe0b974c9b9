"""Sends N tasks to the Celery worker and waits until all are done; prints the seconds it took.

usage: load.py results|ignored N
"""

import sys
import time

from celery.result import ResultSet
from tasks import add, add_ignored, app


def executed():
    """How many tasks the workers have executed since they started."""
    stats = app.control.inspect(timeout=5, limit=1).stats() or {}
    return sum(sum(worker["total"].values()) for worker in stats.values())


def waiting(channel):
    queue = app.conf.task_default_queue
    return channel.queue_declare(queue, passive=True).message_count


def with_results(count):
    start = time.perf_counter()
    results = ResultSet([add.delay(i, 1) for i in range(count)])
    values = results.join_native(timeout=600)
    seconds = time.perf_counter() - start
    assert sorted(values) == list(range(1, count + 1)), "wrong results"
    return seconds


def with_results_ignored(count):
    before = executed()
    start = time.perf_counter()
    for i in range(count):
        add_ignored.delay(i, 1)
    with app.connection() as connection:
        channel = connection.default_channel
        while waiting(channel) > 0:
            time.sleep(0.02)
    # An empty queue leaves what the worker has prefetched.
    while executed() - before < count:
        pass
    return time.perf_counter() - start


def await_worker():
    deadline = time.monotonic() + 60
    while not app.control.ping(timeout=1, limit=1):
        if time.monotonic() > deadline:
            sys.exit("no Celery worker answered within 60 s")


if __name__ == "__main__":
    mode, number = sys.argv[1], int(sys.argv[2])
    await_worker()
    measure = {"results": with_results, "ignored": with_results_ignored}[mode]
    measure(min(500, number))  # connections made, exchanges and queues declared
    print("%.6f" % measure(number))
