"""Captures golden messages from a real Celery and RabbitMQ as test data of the package `protocol`.

    apt-get install python3-celery rabbitmq-server
    AMQP_URL=amqp://guest:guest@127.0.0.1:5672/ /usr/bin/python3 capture_golden.py

Every file below ../resources/golden is written anew. A file holds one message: where it was
published to, the payload of its AMQP content header frame as it came from the socket (so with the
types of the header table) and its body, both in Base64; and under "readable" the same for people.
The broker's virtual host should be an empty one: queues named golden.* and celery's exchanges are
declared in it.

Besides, repr.json holds what celery.utils.saferepr makes of some JSON values.
"""
import base64
import datetime
import decimal
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import uuid

socket.gethostname = lambda: "client.example.com"  # who captured is nobody's business

import amqp.basic_message
import celery
import kombu
from celery import Celery, chain, chord, group
from celery.exceptions import Ignore, Reject
from celery.utils.saferepr import saferepr

URL = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")
WORKER = "worker1@example.com"
ETA = datetime.datetime(2026, 11, 22, 19, 42, 55, 244775, tzinfo=datetime.timezone.utc)
# Celery makes the time until then the message's expiration, and RabbitMQ has 32 bits for it.
FAR = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=40)


def make_app(queue="golden.tasks", **settings):
    app = Celery("proj", broker=URL, backend=settings.pop("backend", "rpc://"))
    app.conf.update(
        task_default_queue=queue,
        task_default_exchange=queue,
        task_default_routing_key=queue,
        worker_hijack_root_logger=False,
        **settings,
    )

    @app.task(name="proj.tasks.add", bind=False)
    def add(x, y=0):
        return x + y

    @app.task(name="proj.tasks.xsum")
    def xsum(numbers):
        return sum(numbers)

    @app.task(name="proj.tasks.err")
    def err(task_id):
        return task_id

    @app.task(name="proj.tasks.echo")
    def echo(*args, **kwargs):
        return {"args": args, "kwargs": kwargs}

    @app.task(name="proj.tasks.fail")
    def fail(text):
        raise ValueError(text, 7)

    @app.task(name="proj.tasks.again", bind=True, max_retries=1, default_retry_delay=0)
    def again(self):
        raise self.retry(exc=KeyError("not yet"))

    @app.task(name="proj.tasks.progress", bind=True, track_started=True)
    def progress(self):
        self.update_state(state="PROGRESS", meta={"done": 50})
        return "done"

    @app.task(name="proj.tasks.parent", bind=True)
    def parent(self):
        add.apply_async((1, 1), task_id="child-1", reply_to="golden.ignored")
        return "sent"

    @app.task(name="proj.tasks.reject", acks_late=True)
    def reject():
        raise Reject("not for me", requeue=False)

    return app


# --- catching ----------------------------------------------------------------------------------

class Catcher:
    """Reads queues, and keeps the content header frame of each message as it came."""

    def __init__(self):
        inbound = amqp.basic_message.Message.inbound_header

        def keep(message, buf, offset=0):
            message.content_header = bytes(buf)
            return inbound(message, buf, offset)

        amqp.basic_message.Message.inbound_header = keep
        self.connection = kombu.Connection(URL)
        self.channel = self.connection.default_channel

    def declare(self, queue, exchange=None, key=None):
        self.channel.queue_declare(queue, durable=True, auto_delete=False)
        self.channel.queue_purge(queue)
        if exchange:
            self.channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
            self.channel.queue_bind(queue, exchange, key)

    def next(self, queue, wait=10.0):
        deadline = time.monotonic() + wait
        while True:
            message = self.channel.basic_get(queue, no_ack=True)
            if message is not None:
                return message
            if time.monotonic() > deadline:
                return None
            time.sleep(0.02)


GOLDEN = pathlib.Path()


def save(name, message):
    if message is None:
        sys.exit(f"no message came for {name}")
    body = message.body if isinstance(message.body, bytes) else message.body.encode()
    properties = {k: v for k, v in message.properties.items() if k != "application_headers"}
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = None
    golden = {
        "celery": celery.__version__,
        "kombu": kombu.__version__,
        "exchange": message.delivery_info["exchange"],
        "routing_key": message.delivery_info["routing_key"],
        "content_header": base64.b64encode(message.content_header).decode(),
        "body": base64.b64encode(body).decode(),
        "readable": {
            "properties": properties,
            "headers": message.properties.get("application_headers"),
            "body": text,
        },
    }
    path = GOLDEN / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(golden, indent=2, default=str) + "\n")
    print(name)


# --- what is captured --------------------------------------------------------------------------

def tasks(catcher):
    queue = "golden.tasks"
    catcher.declare(queue)
    app = make_app()
    add, err = app.tasks["proj.tasks.add"], app.tasks["proj.tasks.err"]

    def capture(name, count=1):
        for i in range(count):
            save(f"task/{name}" + (f"-{i + 1}" if count > 1 else ""), catcher.next(queue))

    add.apply_async((2, 2), task_id="plain")
    capture("plain")
    add.apply_async((), {"x": 2, "y": "drei 🌱 \n'q'"}, task_id="kwargs")
    capture("kwargs")
    add.apply_async((1,), task_id="eta", eta=ETA, expires=FAR, shadow="plus")
    capture("eta")
    add.apply_async((1,), task_id="naive-eta", eta=ETA.replace(tzinfo=None, microsecond=0))
    capture("naive-eta")
    add.apply_async((1,), task_id="countdown", countdown=60, expires=120)
    capture("countdown")
    add.apply_async(
        (1,),
        task_id="options",
        priority=7,
        retries=2,
        time_limit=30,
        soft_time_limit=20.5,
        ignore_result=True,
        reply_to="answers",
        headers={
            "x-tenant": "acme",
            "attempt": 3,
            "share": 0.25,
            "urgent": True,
            "nothing": None,
            "labels": ["a", {"b": "c"}, -1],
            "nested": {"deep": {"er": "ü"}},
        },
    )
    capture("options")
    add.apply_async((1, 1), task_id="links", link=[add.s(10), add.si(3, 4)], link_error=err.s())
    capture("links")
    chain(add.s(2, 2), add.s(4), add.s(8)).apply_async(task_id="chain")
    capture("chain")
    group(add.s(1, 1), add.s(2, 2)).apply_async(task_id="group")
    capture("group", 2)
    add.apply_async((1,), task_id="compressed", kwargs={"y": "long " * 400}, compression="zlib")
    capture("compressed")
    values = [
        None, True, 1.5, -7, 2**70, 1e300, float("nan"), float("inf"),
        datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
        datetime.date(2026, 1, 2), datetime.time(1, 2), decimal.Decimal("1.20"), uuid.UUID(int=1),
        [[], {}, {"k": [1]}], "\ud800",
    ]
    app.tasks["proj.tasks.echo"].apply_async(values, task_id="values")
    capture("values")
    app.tasks["proj.tasks.echo"].apply_async(
        ([list(range(1000))] * 3,), {"long": "word " * 1000}, task_id="long-repr")
    capture("long-repr")
    app.send_task("proj.tasks.add", (1,), task_id="child", root_id="root", parent_id="parent")
    capture("child")
    add.apply_async((1,), task_id="transient", delivery_mode=1)
    capture("transient")

    chords = make_app(backend="cache+memory://")
    chord([chords.tasks["proj.tasks.add"].s(i, i) for i in (1, 2)])(chords.tasks["proj.tasks.xsum"].s())
    capture("chord", 2)

    v1 = make_app(task_protocol=1).tasks["proj.tasks.add"]
    v1.apply_async((2, 2), task_id="v1")
    capture("v1")
    v1.apply_async(
        (1,), {"y": 2}, task_id="v1-options", eta=ETA, expires=FAR, retries=1, time_limit=30,
        soft_time_limit=20, link=v1.s(10), link_error=err.s(), headers={"x-tenant": "acme"},
        reply_to="answers", group_id="g1", priority=3)
    capture("v1-options")
    v1.apply_async((1,), {"y": "long " * 400}, task_id="v1-compressed", compression="zlib")
    capture("v1-compressed")


def results_and_events(catcher):
    for queue in ("golden.work", "golden.results", "golden.ignored"):
        catcher.declare(queue)
    catcher.declare("golden.events", "celeryev", "#")
    app = make_app("golden.work", task_send_sent_event=True)
    worker = subprocess.Popen(
        [sys.executable, "-c", RUN_ME, __file__, "worker"], start_new_session=True)
    try:
        first = catcher.next("golden.events", 60)
        save("event/worker-online", first)

        def run(task, task_id, count, *args, **options):
            app.tasks[task].apply_async(
                args, task_id=task_id, reply_to="golden.results", **options)
            for i in range(count):
                message = catcher.next("golden.results", 20)
                status = json.loads(message.body)["status"].lower() if message else "nothing"
                save(f"result/{task_id}-{status}", message)

        run("proj.tasks.add", "sum", 1, 2, 2)
        run("proj.tasks.echo", "echo", 1, 1, "zwölf", [None])
        run("proj.tasks.fail", "fail", 1, "boom")
        run("proj.tasks.again", "again", 2)
        run("proj.tasks.progress", "progress", 3)
        run("proj.tasks.parent", "parent", 1)
        run("proj.tasks.add", "expired", 1, 1, expires=ETA.replace(year=2020))
        run("proj.tasks.reject", "rejected", 0)

        seen = {}
        deadline = time.monotonic() + 15
        wanted = {
            "task-sent", "task-received", "task-started", "task-succeeded", "task-failed",
            "task-retried", "task-revoked", "task-rejected", "worker-heartbeat", "list"}
        while time.monotonic() < deadline and not wanted <= seen.keys():
            message = catcher.next("golden.events", 2)
            if message is not None:
                note(seen, message)
        worker.send_signal(signal.SIGTERM)
        while "worker-offline" not in seen:
            message = catcher.next("golden.events", 20)
            if message is None:
                sys.exit("no worker-offline came")
            note(seen, message)
        print("types of events:", sorted(seen))
    finally:
        worker.terminate()
        worker.wait(20)


def note(seen, message):
    """Keeps the first event of a type, and the first three lists."""
    body = json.loads(message.body)
    if isinstance(body, list):
        types = {event["type"] for event in body}
        if types - seen.get("in lists", set()):
            seen["list"] = seen.get("list", 0) + 1
            save(f"event/task-multi-{seen['list']}", message)
        seen.setdefault("in lists", set()).update(types)
        for event_type in types:
            seen.setdefault(event_type, "in a list")
    elif seen.get(body["type"]) is not True:
        seen[body["type"]] = True
        save(f"event/{body['type']}", message)


def reprs():
    values = [
        [], [1], [2, 2], {}, {"y": 3}, {"y": 3, "z": None}, [True, False, None],
        [1.0, 1.5, -0.0, 1e16, 1e15, 123456789012345680.0, 0.0001, 0.00001, 1e-7, 1.5e-7, 2.5e-320,
         1.7976931348623157e308, 0.1, 100.0, 1e22, 12345.678, float("nan"), float("inf"),
         float("-inf")],
        [2**31, -2**63, 2**70], "text", "it's", 'say "hi"', "line\nbreak\t\\", "ü🌱",
        [[1, [2, [3, [4]]]]], {"a": {"b": {"c": {"d": 1}}}}, [[[[]]]], [[[{}]]], {"a": [{"b": []}]},
        ["x" * 1019], ["x" * 1020], ["x" * 1021], ["x" * 1022], ["x" * 1023], ["x" * 1024],
        ["x" * 1025], ["a b " * 300], ["🌱" * 1100], ["'" * 1100], [["y" * 1018]], [["y" * 1019]],
        list(range(500)), [list(range(100)) for _ in range(20)],
        {f"key {i}": i for i in range(200)}, {f"k{i}": {"v": [i]} for i in range(100)},
        {"k" * 1030: 1}, ["x" * 1015, 12345678901234567890], ["x" * 1015, {"a": 1}],
        ["x" * 1012, [[1]]], ["x" * 1016, {}], ["x" * 1017, []], ["x" * 1014, None, "t"],
        [["x" * 1014, None], "t"], {"a": ["x" * 1014, {"b": 1}]},
    ] + [[[i * "z", {"a": [1, 2]}, "t"]] for i in range(995, 1026)]
    lines = [
        {
            "value": value,
            "repr": saferepr(value, 1024),
            "args": saferepr(tuple(value), 1024) if isinstance(value, list) else None,
        }
        for value in values
    ]
    (GOLDEN / "repr.json").write_text(
        "[\n" + ",\n".join(json.dumps(line) for line in lines) + "\n]\n")


# The worker's tracebacks name its source: without the folder it lies in.
RUN_ME = (
    "import sys; __file__ = sys.argv.pop(1); "
    "exec(compile(open(__file__).read(), 'capture_golden.py', 'exec'))"
)


def main():
    global GOLDEN
    if sys.argv[1:] == ["worker"]:
        make_app("golden.work").worker_main([
            "worker", "-n", WORKER, "-c", "1", "-E", "-l", "warning",
            "--without-mingle", "--without-gossip"])
        return
    GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "resources" / "golden"
    for old in GOLDEN.rglob("*.json"):
        old.unlink()
    GOLDEN.mkdir(parents=True, exist_ok=True)
    catcher = Catcher()
    reprs()
    tasks(catcher)
    results_and_events(catcher)


if __name__ == "__main__":
    main()
