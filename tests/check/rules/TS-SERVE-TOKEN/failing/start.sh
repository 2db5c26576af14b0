docker run -p 127.0.0.1:8080:8080 -v ./config.properties:/home/model-server/config.properties pytorch/torchserve:0.12.0-cpu
