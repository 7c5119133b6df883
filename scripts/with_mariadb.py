"""Runs a command against a MariaDB server of its own, in a temporary folder, on a free port of 127.0.0.1.

`with_mariadb.py COMMAND ...` gives the command DATABASE_URL, answers with its exit code and ends the server
by its process id. Standard library only.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SEARCH_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def find(program: str) -> str | None:
    return shutil.which(program, path=SEARCH_PATH)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_data(folder: Path, user: list[str]) -> None:
    command = [
        find("mariadb-install-db") or "mariadb-install-db",
        "--no-defaults",
        *user,
        f"--datadir={folder}/data",
    ]
    command += ["--auth-root-authentication-method=normal", "--skip-test-db"]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"mariadb-install-db failed:\n{made.stdout[-2000:]}{made.stderr[-2000:]}")


def wait_until_ready(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(300):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as talk:
            if talk.recv(1):  # the greeting comes once it serves
                return
        time.sleep(0.1)
    sys.exit(f"mariadbd did not start:\n{log.read_text()[-2000:]}")


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The DATABASE_URL of a fresh, empty server that ends with the block."""
    as_root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(prefix="mall-mariadb-") as name:
        folder = Path(name)
        user = ["--user=mysql"] if as_root else []
        if as_root:  # the server steps down to the user mysql
            owner = pwd.getpwnam("mysql")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        make_data(folder, user)
        port, log = free_port(), folder / "log"
        command = [find("mariadbd") or "mariadbd", "--no-defaults", *user, f"--datadir={folder}/data"]
        command += [f"--socket={folder}/s.sock", "--bind-address=127.0.0.1", f"--port={port}"]
        # The data lives for minutes only: nothing needs to outlast a power cut.
        command += ["--innodb-flush-log-at-trx-commit=0", "--skip-innodb-doublewrite"]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
        try:
            wait_until_ready(process, port, log)
            make_database(folder)
            yield f"mysql://root@127.0.0.1:{port}/mall"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def make_database(folder: Path) -> None:
    client = find("mariadb") or "mysql"
    statement = "CREATE DATABASE mall CHARACTER SET utf8mb4"
    subprocess.run(
        [client, "--no-defaults", "-uroot", f"--socket={folder}/s.sock", "-e", statement], check=True
    )


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with server() as url:
        return subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": url}).returncode


if __name__ == "__main__":
    sys.exit(main())
