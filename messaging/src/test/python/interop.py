"""The other side of CeleryInteropIT: a real Celery worker, client or event receiver.

    python3 interop.py worker|client|events amqp://…

It says on standard output, line by line, what it is doing and what it got.
"""
import sys

from celery import Celery
from celery.exceptions import TaskRevokedError

MODE, URL = sys.argv[1:3]
app = Celery("interop", broker=URL, backend="rpc://")
app.conf.update(
    task_default_queue="interop",
    task_default_exchange="interop",
    task_default_routing_key="interop",
    worker_hijack_root_logger=False,
)


def say(text):
    print(text, flush=True)


@app.task(name="interop.add")
def add(x, y=0):
    return x + y


@app.task(name="interop.echo", bind=True)
def echo(self, *args, **kwargs):
    request = self.request
    return {
        "args": args,
        "kwargs": kwargs,
        "id": request.id,
        "root_id": request.root_id,
        "parent_id": request.parent_id,
        "retries": request.retries,
        "eta": request.eta,
        "expires": request.expires,
        "group": request.group,
        "timelimit": request.timelimit,
        "origin": request.origin,
        "priority": request.delivery_info["priority"],
        "tenant": getattr(request, "tenant", None),
        "big": getattr(request, "big", None),
    }


@app.task(name="interop.fail")
def fail(text):
    raise ValueError(text, 7)


def worker():
    """Runs tasks until it is ended."""
    app.worker_main([
        "worker", "-n", "interop@localhost", "-c", "1", "-P", "solo", "-l", "warning",
        "--without-mingle", "--without-gossip", "--without-heartbeat"])


def client():
    """Sends tasks for Java to run, and says what Celery makes of the answers."""
    success = app.send_task("java.add", (2, 2), {"note": "zwölf"}, task_id="success")
    failure = app.send_task("java.fail", ("boom",), task_id="failure", headers={"tenant": "acme"})
    revoked = app.send_task("java.late", (), task_id="revoked")
    say(f"success: {success.get(timeout=60)!r} {success.state} {success.date_done}")
    try:
        failure.get(timeout=60)
    except Exception as e:
        say(f"failure: {type(e).__name__} {e.args!r} {failure.state}")
        say(f"traceback: {failure.traceback}")
    try:
        revoked.get(timeout=60)
    except TaskRevokedError as e:
        say(f"revoked: {e.args!r} {revoked.state}")


def events():
    """Says what Celery's own state machine makes of the events, until a worker goes offline."""
    state = app.events.State()
    with app.connection() as connection:

        def on_event(event):
            state.event(event)
            if event["type"].startswith("task-"):
                task = state.tasks.get(event["uuid"])
                say(f"{event['type']}: {task.uuid} {task.state} {task.name} {task.result}")
            else:
                node = state.workers[event["hostname"]]
                say(f"{event['type']}: {node.hostname} {node.alive} {node.sw_ident} {node.active}")
            receiver.should_stop = event["type"] == "worker-offline"

        receiver = app.events.Receiver(connection, handlers={"*": on_event})
        receiver.on_consume_ready = lambda *_, **__: say("listening")
        receiver.capture(limit=None, timeout=60, wakeup=False)


{"worker": worker, "client": client, "events": events}[MODE]()
