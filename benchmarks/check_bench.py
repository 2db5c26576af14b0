#!/usr/bin/env python3
"""`check` on folders of 1,000 to 10,000 files, in fresh processes: CPU time, files for each second of it, peak memory.

    python benchmarks/check_bench.py [--files 1000,5000,10000] [--one-in 10] [--rounds 3] [--profile]

Every tenth file (`--one-in`) is a server's, of the kinds that people have: properties, models.config, compose files,
scripts and manifests. The others are what else lies in a repository. The fastest round counts; POSIX only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SERVERS = {
    "config.properties": "inference_address=http://0.0.0.0:8080\nmanagement_address=http://127.0.0.1:8081\n"
    "model_store=/models\nload_models=all\ncors_allowed_origin=https://app.example\n",
    "models.config": 'model_config_list {\n  config {\n    name: "m"\n    base_path: "/models/m"\n'
    '    model_platform: "tensorflow"\n  }\n}\n',
    "compose.yaml": "services:\n  server:\n    image: tensorflow/serving:2.19.1\n    ports:\n"
    '      - "127.0.0.1:8501:8501"\n    volumes:\n      - ./m:/models/m:ro\n    environment:\n      MODEL_NAME: m\n',
    "run.sh": "#!/bin/sh\nset -eu\ndocker run --rm -p 8080:8080 -v ./m:/models:ro \\\n"
    "    ghcr.io/ggml-org/llama.cpp:server -m /models/m.gguf --host 0.0.0.0 --port 8080\n",
    "deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: m\nspec:\n  replicas: 1\n"
    "  selector:\n    matchLabels: {app: m}\n  template:\n    metadata:\n      labels: {app: m}\n    spec:\n"
    "      containers:\n        - name: m\n          image: pytorch/torchserve:0.12.0-cpu\n"
    "          ports:\n            - containerPort: 8080\n",
}
"""Each in a folder of its own, as in a repository of examples."""
OTHERS = {
    "module{}.py": "import os\n\n\ndef main() -> None:\n    print(os.getcwd())\n",
    "notes{}.md": "# Notes\n\nSome words about the model, and a list:\n\n- one\n- two\n",
    "values{}.yaml": "name: m\nreplicas: 2\nresources:\n  limits:\n    memory: 1Gi\n",
    "data{}.json": '{"name": "m", "rows": [1, 2, 3]}\n',
    "build{}.sh": '#!/bin/sh\nset -eu\ncd "$(dirname "$0")"\nmake all\n',
    "settings{}.properties": "log.level=info\nlog.file=/var/log/m.log\n",
}


def fill(folder: Path, files: int, one_in: int) -> None:
    """As many files, some thirty to a folder; every `one_in`-th is a server's."""
    mine, others = list(SERVERS.items()), list(OTHERS.items())
    for number in range(files):
        if number % one_in == 0:
            name, text = mine[(number // one_in) % len(mine)]
            path = folder / f"example{number}" / name
        else:
            name, text = others[number % len(others)]
            path = folder / f"part{number // 30}" / name.format(number)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def measured(folder: Path, rounds: int) -> tuple[float, float]:
    """CPU seconds of the fastest process, and its peak memory in MB."""
    found = []
    for _ in range(rounds):
        process = subprocess.Popen(
            [sys.executable, "-m", "wizard", "check", "--fail-on", "none", str(folder)],
            stdout=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"check ended with {process.returncode}")
        found.append(
            (usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1024 if sys.platform == "linux" else 1 << 20))
        )
    return min(found)


def profiled(folder: Path) -> None:
    import cProfile
    import pstats

    from wizard.cli.commands.check import looked_at

    profile = cProfile.Profile()
    profile.runcall(looked_at, [str(folder)])
    pstats.Stats(profile).sort_stats("tottime").print_stats(40)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--files", default="1000,5000,10000")
    options.add_argument("--one-in", type=int, default=10)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--profile", action="store_true", help="where the time goes, for the largest folder")
    chosen = options.parse_args()
    sizes = [int(size) for size in chosen.files.split(",")]
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            fill(Path(name), size, chosen.one_in)
            if chosen.profile and size == max(sizes):
                profiled(Path(name))
            seconds, memory = measured(Path(name), chosen.rounds)
        print(f"{size:>7,} files  {seconds:6.2f} s of CPU time  {size / seconds:7,.0f} files/s  {memory:5.0f} MB")


if __name__ == "__main__":
    main()
