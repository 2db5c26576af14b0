docker run -p 127.0.0.1:8080:8080 pytorch/torchserve:0.6.0-cpu
