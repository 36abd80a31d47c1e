"""A client of notebooks -> one that Ctrl-C ends as it ends anything else: the kernel is gone, `KeyboardInterrupt` raised.

nbclient takes the signal for itself: it shuts the kernel down, whose remarks then reach the terminal, and goes on until
it trips over what it has shut down.
"""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress
from typing import Any


def stoppable(client: Any) -> Any:
    """Class of clients that is `client` but for Ctrl-C.

    Parameters
    ----------
    client : type
        ``nbclient.NotebookClient`` or a class derived from it.
    """

    class Stoppable(client):
        stopped = False

        def execute(self, *args: Any, **given: Any) -> Any:
            try:
                return super().execute(*args, **given)
            except (Exception, asyncio.CancelledError):
                if self.stopped:
                    raise KeyboardInterrupt from None
                raise

        async def async_start_new_kernel(self, **given: Any) -> None:
            task = asyncio.current_task()

            def stop() -> None:
                self.stopped, self.shutdown_kernel = True, "immediate"
                if task is not None:
                    task.cancel()

            # Not where the notebook runs beside the main thread, nor on Windows: there, nobody takes the signal away.
            with suppress(RuntimeError, NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop)
            await self._or_clean(super().async_start_new_kernel(**given))

        async def async_start_new_kernel_client(self) -> Any:
            return await self._or_clean(super().async_start_new_kernel_client())

        async def _or_clean(self, work: Any) -> Any:
            try:
                return await work
            except asyncio.CancelledError:
                with suppress(Exception):
                    await self._async_cleanup_kernel()
                raise

    return Stoppable
