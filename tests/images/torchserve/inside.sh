# Runs inside the new root: the account of the official image and its virtual environment.
set -eu
useradd --create-home --shell /bin/bash --uid 1000 model-server
python3 -m venv /home/venv
/home/venv/bin/pip install -q --no-index --no-deps --no-compile /wheels/*.whl
site=$(/home/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
# Headers and test programs: 190 MB that no worker reads. torch refuses to load without torch_shm_manager.
rm -rf "$site"/torch/test "$site"/torch/include
find "$site"/torch/bin -type f ! -name torch_shm_manager -delete
# Compile what a worker imports now: its user cannot write here, and would do it again on every start.
/home/venv/bin/python -W ignore -c 'import torch, PIL.Image, psutil, yaml, packaging.version'
mkdir -p /home/model-server/tmp /home/model-server/model-store
chown -R model-server:model-server /home/model-server
rm -rf /wheels /inside.sh
