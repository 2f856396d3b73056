"""Starting the server: what must be true first, in one clear sentence each, and uvicorn's settings."""

import gc
import os
import socket
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy.orm import configure_mappers

from signaling.gateway import UVICORN_SETTINGS
from telehealth.kit.settings import Settings
from telehealth.receiving import ReceivingProtocol

GRACE_SECONDS = 5


class CannotStartError(Exception):
    """Something outside the program prevents it from starting; the text is for the person."""


def require_writable(folder: Path) -> None:
    """Create the data folder; raise CannotStartError when nothing can be written in it."""
    probe = folder / ".write-test"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise CannotStartError(
            f"Không ghi được vào thư mục {folder} ({reason}). Chọn thư mục khác bằng DATA_DIR=… · "
            f"Cannot write to the folder {folder}; choose another with DATA_DIR=…"
        ) from None


def require_free_port(host: str, port: int) -> None:
    """Raise CannotStartError when another program listens on the port, or it may not be opened."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise CannotStartError(
                f"Không mở được cổng {port} ({reason}). Chọn cổng khác: make demo PORT={port + 1} · "
                f"Port {port} cannot be opened; choose another: make demo PORT={port + 1}"
            ) from None


class Server(uvicorn.Server):
    """uvicorn that lets live streams end before it waits for its connections to close."""

    async def shutdown(self, sockets: Any = None) -> None:
        """Stop accepting, tell the streams, drain."""
        app = self.config.app
        if isinstance(app, FastAPI):
            app.state.waker.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, settings: Settings) -> None:
    """Serve until a signal says stop."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        **UVICORN_SETTINGS,
        http=ReceivingProtocol,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    config.load()
    _keep_from_collecting()
    Server(config).run()


def _keep_from_collecting() -> None:
    """Set aside what lives as long as the process.

    Some 300,000 objects of models, routes and templates are never garbage, yet each full collection
    walks them: 150 ms during which every call and page stands still (measured by tests/bench). What the
    tables' classes keep of each other is otherwise made by the first request, too late to be set aside.
    """
    configure_mappers()
    gc.collect()
    gc.freeze()
