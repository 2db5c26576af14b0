docker run --rm --init -p 127.0.0.1:8080:8080 -v "$PWD:/store:ro" pytorch/torchserve:0.9.0-cpu torchserve --start --foreground --ncs --ts-config /store/config.properties
