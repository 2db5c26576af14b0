"""What upstream's own examples set, written again in the smallest form: only what was measured is said about it."""

from __future__ import annotations

import pytest

from tests.support.checking import check
from wizard.check.findings import words
from wizard.observed.source import Source

TS_IMAGE = """\
inference_address=http://0.0.0.0:8080
management_address=http://0.0.0.0:8081
metrics_address=http://0.0.0.0:8082
number_of_netty_threads=32
job_queue_size=1000
model_store=/home/model-server/model-store
workflow_store=/home/model-server/wf-store
"""
OPEN = {"TS-OPEN", "TS-URLS-UNSET"}
EXAMPLES = {
    "TorchServe, the image's file": ("config.properties", TS_IMAGE, OPEN),
    "TorchServe, the image's file in it": (
        "Dockerfile",
        "FROM pytorch/torchserve:0.12.0-cpu\nCOPY config.properties /home/model-server/config.properties\n"
        'USER model-server\nEXPOSE 8080 8081 8082 7070 7071\nCMD ["serve"]\n',
        set(),
    ),
    "TorchServe, CORS of the documentation": (
        "config.properties",
        TS_IMAGE + "cors_allowed_origin=*\ncors_allowed_methods=GET, POST, PUT, OPTIONS\n"
        "cors_allowed_headers=X-Custom-Header\n",
        OPEN | {"TS-CORS-TOKEN"},
    ),
    "TorchServe, models with workers": (
        "config.properties",
        TS_IMAGE
        + 'load_models=noop.mar\nmodels={\\\n  "noop": {\\\n    "1.0": {\\\n        "defaultVersion": true,\\\n'
        '        "marName": "noop.mar",\\\n        "minWorkers": 1,\\\n        "maxWorkers": 1,\\\n'
        '        "batchSize": 4,\\\n        "maxBatchDelay": 100,\\\n'
        '        "responseTimeout": 120\\\n    }\\\n  }\\\n}\n',
        OPEN,
    ),
    "TorchServe, Kubernetes": (
        "config.properties",
        TS_IMAGE + "NUM_WORKERS=1\nnumber_of_gpu=1\nload_models=all\n",
        OPEN | {"TS-KEY-UNKNOWN", "TS-LOAD-ALL"},
    ),
    "TorchServe, TLS": (
        "config.properties",
        TS_IMAGE.replace("http://0.0.0.0", "https://127.0.0.1")
        + "private_key_file=mykey.key\ncertificate_file=mycert.pem\n",
        {"TS-URLS-UNSET"},
    ),
    "TorchServe, first steps": (
        "README.md",
        "```bash\ntorch-model-archiver --model-name densenet161 --version 1.0 --serialized-file densenet161.pth\n"
        "torchserve --start --ncs --model-store model_store --models densenet161.mar --disable-token-auth\n"
        "curl http://127.0.0.1:8080/predictions/densenet161 -T kitten.jpg\ntorchserve --stop\n```\n",
        {"TS-FLAG-TOKEN"},
    ),
    "TorchServe, Docker": (
        "README.md",
        "```bash\ndocker run --rm -it -p 127.0.0.1:8080:8080 -p 127.0.0.1:8081:8081 -p 127.0.0.1:8082:8082 "
        "-p 127.0.0.1:7070:7070 -p 127.0.0.1:7071:7071 pytorch/torchserve:latest\n```\n",
        {"RUN-IMAGE-FLOATS"},
    ),
    "TensorFlow Serving, first steps": (
        "README.md",
        "```bash\ndocker pull tensorflow/serving\n\ndocker run -t --rm -p 8501:8501 \\\n"
        '    -v "$TESTDATA/saved_model_half_plus_two_cpu:/models/half_plus_two" \\\n'
        "    -e MODEL_NAME=half_plus_two \\\n    tensorflow/serving &\n\n"
        "curl -d '{\"instances\": [1.0]}' -X POST http://localhost:8501/v1/models/half_plus_two:predict\n```\n",
        {"RUN-PUBLISHED", "RUN-IMAGE-FLOATS"},
    ),
    "TensorFlow Serving, an image of one's own": (
        "README.md",
        "    docker run -d --name serving_base tensorflow/serving\n    docker cp models/cat serving_base:/models/cat\n"
        '    docker commit --change "ENV MODEL_NAME cat" serving_base mine\n    docker kill serving_base\n',
        {"RUN-IMAGE-FLOATS"},
    ),
    "TensorFlow Serving, several models": (
        "models.config",
        "model_config_list {\n  config {\n    name: 'my_first_model'\n    base_path: '/tmp/my_first_model/'\n"
        "    model_platform: 'tensorflow'\n  }\n  config {\n    name: 'my_second_model'\n"
        "    base_path: '/tmp/my_second_model/'\n    model_platform: 'tensorflow'\n  }\n}\n",
        set(),
    ),
    "TensorFlow Serving, labels": (
        "models.config",
        "model_config_list {\n  config {\n    name: 'cat'\n    base_path: '/models/cat'\n"
        "    model_platform: 'tensorflow'\n    model_version_policy {\n      specific {\n        versions: 42\n"
        "        versions: 43\n      }\n    }\n    version_labels {\n      key: 'stable'\n      value: 43\n    }\n"
        "    version_labels {\n      key: 'canary'\n      value: 43\n    }\n  }\n}\n",
        {"TFS-LABELS"},
    ),
    "TensorFlow Serving, batching": (
        "batching_parameters.txt",
        "max_batch_size { value: 128 }\nbatch_timeout_micros { value: 0 }\nmax_enqueued_batches { value: 1000000 }\n"
        "num_batch_threads { value: 8 }\n",
        set(),
    ),
    "TensorFlow Serving, monitoring": (
        "monitoring.config",
        'prometheus_config {\n  enable: true,\n  path: "/monitoring/prometheus/metrics"\n}\n',
        set(),
    ),
    "TensorFlow Serving, Kubernetes": (
        "resnet_k8s.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: resnet-deployment\nspec:\n  selector:\n"
        "    matchLabels:\n      app: resnet-server\n  replicas: 3\n  template:\n    metadata:\n      labels:\n"
        "        app: resnet-server\n    spec:\n      containers:\n      - name: resnet-container\n"
        "        image: example/serving/resnet\n        ports:\n        - containerPort: 8500\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata:\n  labels:\n    run: resnet-service\n  name: resnet-service\nspec:\n"
        "  ports:\n  - port: 8500\n    targetPort: 8500\n  selector:\n    app: resnet-server\n  type: LoadBalancer\n",
        set(),
    ),
}
"""Name -> (file, settings, the rules that speak of it at low or above)."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_only_what_was_measured_is_said(name: str) -> None:
    file, text, expected = EXAMPLES[name]
    (report,) = check([Source(file, text)])
    assert not report.problem
    said = {line.id: line.evidence for line in words(report) if line.severity != "info" and line.effect != "style"}
    assert set(said) == expected
    assert all(said.values()), "each with its evidence"
