"""The worker, for as long as there is something to do."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from api.devices.jobs import NO_BROKERS, Brokers
from api.jobs import worker_app


def work_off(dsn: str, brokers: Brokers = NO_BROKERS) -> None:
    """Do every job that waits, as `glaneur worker` does, and return."""

    async def work() -> None:
        async with worker_app(dsn, brokers).open_async() as app:
            await app.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="never")

    with ThreadPoolExecutor(1) as thread:  # the caller's own may belong to a browser's event loop
        thread.submit(lambda: asyncio.run(work())).result()
