"""H2O's server: one a process, on this machine only, which ends with the process however that ends."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import io
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bigenough.errors import BigenoughError, FitError, InputError

START_SECONDS = 120.0
TRIES = 3  # another program may take the port between its choice and its use
MEMORY = "1g"
NO_MEMORY = ("OutOfMemoryError", "Java heap space")
DETAILS = "Details: ERRR on field: "  # before the part of its answers that tells something
TRACE = " at water."  # what Java says of its own code, behind it
LONGEST = 300  # characters of what H2O says that are told
# the shell ends Java, and removes its folder, when its own input ends, which it does when the process that holds the other
# end is gone, even by kill -9; Java without memory may not hear
KEEPER = """
exec 3<&0
java "$@" </dev/null 3<&- &
pid=$!
{ cat <&3 >/dev/null; kill $pid; tries=0
  while kill -0 $pid; do sleep 0.1; tries=$((tries + 1)); [ $tries -lt 50 ] || kill -9 $pid; done; rm -rf "$0"; } 2>/dev/null &
exec 3<&-
wait $pid
"""

_server: Server | None = None


def check_installed() -> None:
    """Refuse where H2O or Java is missing.

    Raises
    ------
    InputError
    """
    if importlib.util.find_spec("h2o") is None:
        raise InputError("H2O is not installed; pip install 'bigenough[h2o]' brings it")
    if shutil.which("java") is None:
        raise InputError("H2O needs Java 11 or 17, and there is no java; on Debian: apt install openjdk-17-jre-headless")


class Server:
    """A running server.

    Raises
    ------
    FitError
        It does not start; the message has what it said last.
    """

    def __init__(self) -> None:
        import h2o

        folder, port = Path(tempfile.mkdtemp(prefix="bigenough-h2o-")), _free_port()
        self.port = port
        jar = Path(h2o.__file__).parent / "backend" / "bin" / "h2o.jar"
        self._told, self._said = folder / "up", folder / "output"
        arguments = [
            f"-Xmx{MEMORY}", f"-Djava.io.tmpdir={folder}", "-jar", str(jar), "-ip", "127.0.0.1", "-web_ip", "127.0.0.1",
            "-port", str(port), "-nthreads", "1", "-name", folder.name, "-ice_root", str(folder),
            "-notify_local", str(self._told),
        ]  # fmt: skip
        with self._said.open("wb") as output:
            self._process = subprocess.Popen(
                ["sh", "-c", KEEPER, str(folder), *arguments], stdin=subprocess.PIPE, stdout=output, stderr=output, cwd=folder
            )
        self._connection: Any = None
        self._wait()
        atexit.register(self.stop)  # before connecting, since what is registered last runs first, and the client says goodbye
        with contextlib.redirect_stdout(io.StringIO()):  # it speaks of its age
            h2o.no_progress()
            self._connection = h2o.connect(url=f"http://127.0.0.1:{port}", verbose=False)

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while not self._told.exists():
            if not self.alive or time.monotonic() > end:
                lines = [line for line in self.written.splitlines() if line.strip()]
                self.stop()
                raise FitError(f"H2O did not start: {lines[-1].strip() if lines else 'Java ended without a word'}")
            time.sleep(0.1)

    @property
    def alive(self) -> bool:
        """Whether it still runs; it may have run out of memory."""
        return self._process.poll() is None

    @property
    def written(self) -> str:
        """What it wrote so far."""
        return self._said.read_text(errors="replace") if self._said.exists() else ""

    def stop(self) -> None:
        """End it and wait for its end."""
        assert self._process.stdin is not None
        if self._connection is not None:
            self._connection.close()
        self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)


@contextlib.contextmanager
def serving() -> Iterator[None]:
    """Have the server for a fit, and say in a line what went wrong there.

    Raises
    ------
    InputError
        H2O or Java is missing.
    FitError
        The server does not start, runs out of memory, or says that it cannot fit this; one without memory is ended, since
        it would fail all that comes after.
    """
    connected()
    try:
        yield
    except BigenoughError:
        raise
    except Exception as error:
        server, said = _server, " ".join(str(error).split())
        theirs = isinstance(error, OSError) or type(error).__module__.startswith("h2o")
        if server is not None and any(sign in text for sign in NO_MEMORY for text in (said, server.written)):
            server.stop()
            raise FitError(f"H2O ran out of memory, of which it has {MEMORY}; fewer units or rows need less") from None
        if server is None or not server.alive:
            raise FitError("H2O ended in the middle of a fit") from None
        kind = "" if theirs else f"{type(error).__name__}: "
        told = said.rpartition(DETAILS)[2].partition(TRACE)[0]
        raise FitError(f"H2O: {kind}{told[:LONGEST]}") from None


def connected() -> None:
    """Start this process's server where there is none that lives, and connect H2O's client to it.

    Raises
    ------
    InputError
        H2O or Java is missing.
    FitError
        The server does not start.
    """
    global _server
    if _server is not None and _server.alive:
        return
    check_installed()
    if _server is not None:
        _server.stop()
        _server = None
    for attempt in range(TRIES):
        try:
            _server = Server()
            return
        except FitError as error:
            if "port" not in str(error).lower():
                raise
            if attempt == TRIES - 1:
                raise FitError(f"H2O did not start: another program took its port, {TRIES} times in a row") from None


def _free_port() -> int:
    """Find a port that is free together with its successor, which H2O also takes."""
    for _ in range(100):
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                two.bind(("127.0.0.1", port + 1))
                return port
    raise FitError(f"no two free ports in a row on this machine ({sys.platform}) for H2O")
