"""The Celery side of the benchmark: Celery's defaults but for what is set here."""

import os

from celery import Celery

app = Celery("bench", broker=os.environ["AMQP_URL"], backend="rpc://")
app.conf.update(
    task_default_queue="bench-celery",
    worker_prefetch_multiplier=100,
)


@app.task
def add(x, y):
    return x + y


@app.task(ignore_result=True)
def add_ignored(x, y):
    return x + y
