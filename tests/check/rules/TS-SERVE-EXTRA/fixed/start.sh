docker run -p 127.0.0.1:8080:8080 pytorch/torchserve:0.12.0-cpu torchserve --start --foreground --ncs --ts-config /home/model-server/config.properties --models cat.mar
