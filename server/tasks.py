"""The queue's one task by name, and what both ends of it agree on."""

from __future__ import annotations

from celery import Celery

DRIVE = "softwright.drive"
QUEUE = "celery"
"""Redis key of the list of jobs that no worker has taken."""
ALIVE = "softwright:worker-alive"
"""Redis key that a worker keeps alive."""
ALIVE_S = 5


def make_queue(broker_url: str) -> Celery:
    queue = Celery("softwright", broker=broker_url)
    queue.conf.update(
        task_default_queue=QUEUE,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": 86_400, "socket_timeout": 10},
        task_publish_retry=False,
    )
    return queue


__all__ = ["ALIVE", "ALIVE_S", "DRIVE", "QUEUE", "make_queue"]
