"""archive.py MODEL.mar : start the TorchServe of this environment once, and keep the classes its JVM loaded.

They lie beside its jar from then on, ready to be mapped (class data sharing): half of what the JVM takes to start.
The tests' java (jvm/bin/java) finds them there. An archive that no longer fits the JVM or the jar is made anew.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

FRONTEND = Path(sysconfig.get_path("purelib")) / "ts" / "frontend"
ARCHIVE = FRONTEND / "classes.jsa"
APIS = ("inference", "management", "metrics")
CONFIG = """\
{addresses}
grpc_inference_port={ports[3]}
grpc_management_port={ports[4]}
default_workers_per_model=1
disable_token_authorization=true
vmargs=-XX:ArchiveClassesAtExit={archive}
"""


def fits() -> bool:
    java = [f"{os.environ['JAVA_HOME']}/bin/java", "-Xshare:on", f"-XX:SharedArchiveFile={ARCHIVE}"]
    words = ["-cp", str(FRONTEND / "*"), "-version"]
    return ARCHIVE.exists() and subprocess.run([*java, *words], capture_output=True).returncode == 0


def free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in taken]
    for each in taken:
        each.close()
    return ports


def ask(port: int, path: str, body: bytes | None = None) -> None:
    urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", body, timeout=60).close()


def use(ports: list[int], model: str) -> None:
    """A request to each API, as soon as the model answers."""
    for left in range(300, -1, -1):
        try:
            ask(ports[0], f"/predictions/{model}", b"hello")
            break
        except OSError:
            if not left:
                raise
            time.sleep(0.2)
    ask(ports[1], "/models")
    ask(ports[2], "/metrics")


def make(archive: Path, model: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ports = free_ports(5)
        addresses = "\n".join(f"{api}_address=http://127.0.0.1:{port}" for api, port in zip(APIS, ports, strict=False))
        (folder / "config").write_text(CONFIG.format(addresses=addresses, ports=ports, archive=archive))
        command = [sys.executable, "-m", "ts.model_server", "--start", "--foreground", "--ncs"]
        command += ["--ts-config", str(folder / "config"), "--model-store", str(model.parent), "--models", model.name]
        environment = {**os.environ, "TEMP": name, "TS_CONFIG_FILE": str(folder / "config")}
        with (folder / "log").open("wb") as log:
            launcher = subprocess.Popen(command, cwd=name, env=environment, stdout=log, stderr=log)
        use(ports, model.stem)
        for java in psutil.Process(launcher.pid).children():
            java.terminate()
        launcher.wait(120)


if __name__ == "__main__" and not fits():
    ARCHIVE.unlink(missing_ok=True)
    made = Path(tempfile.mkdtemp(dir=FRONTEND)) / ARCHIVE.name
    make(made, Path(sys.argv[1]).resolve())
    made.rename(ARCHIVE)
    made.parent.rmdir()
