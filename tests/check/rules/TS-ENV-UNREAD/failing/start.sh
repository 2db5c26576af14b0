docker run -p 127.0.0.1:8080:8080 -e MODEL_STORE=/m pytorch/torchserve:0.12.0-cpu
